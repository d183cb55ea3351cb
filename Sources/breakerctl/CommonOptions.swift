internal import ArgumentParser

/// What every command understands, before its word or after it.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The socket to use. Else $BREAKERD_SOCKET, else the admin socket if it can be opened, else the other; for allow, \
      report and exec the other way round.
      """,
      valueName: "path"))
  var socket: String?

  @Flag(help: "Print data as JSON.")
  var json = false

  @Flag(name: .customLong("no-color"), help: "No colours, not on a terminal either; so does $NO_COLOR.")
  var noColor = false

  /// These, and what was said before the command's word.
  func merged(with outer: CommonOptions) -> CommonOptions {
    var merged = self
    merged.socket = socket ?? outer.socket
    merged.json = json || outer.json
    merged.noColor = noColor || outer.noColor
    return merged
  }
}

/// How long to wait for the daemon.
struct Patience: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long to wait for the daemon: 50ms for allow and report, else 6s, unless said.", valueName: "duration"))
  var timeout: LengthOfTime?
}

/// What to do when the daemon cannot be asked.
struct Fallback: ParsableArguments {
  @Flag(help: "Exit with 69 or 77 when breakerd cannot be reached, instead of going on.")
  var strict = false

  @Option(
    name: .customLong("on-unavailable"),
    help: ArgumentHelp("When breakerd cannot be reached: allow (and warn), or deny.", valueName: "allow|deny"))
  var onUnavailable = Choice.allow

  enum Choice: String, ExpressibleByArgument {
    case allow, deny
  }
}
