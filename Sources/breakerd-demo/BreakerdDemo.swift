import ArgumentParser

/// The command `breakerd-demo`: an outage from its beginning to its end, before your eyes.
///
/// Everything in it is real: a daemon, an HTTP server, and workers that are processes of their own. The subcommands are
/// those processes; each says on its standard output what the conductor must know, and ends when its standard input
/// does.
@main
struct BreakerdDemo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "breakerd-demo",
    abstract: "One upstream fails and hangs, 8 processes call it: watch breakerd stop them all, and let them go on.",
    discussion: """
      Takes about 6 seconds. What is claimed at the end is checked against what the upstream has really been asked. \
      Exit codes: 0 all of it held, 1 something did not or the demo could not run, 64 usage.
      """,
    subcommands: [KeepDaemon.self, ServeUpstream.self, Work.self])

  @Option(help: ArgumentHelp("The daemon to show; the one beside this program unless said.", valueName: "path"))
  var breakerd: String?

  @Option(
    name: .customLong("default"),
    help: ArgumentHelp(
      "Set a key of the daemon's default policy after the demo's own, to see the checks fail: "
        + "trip.consecutive_failures=1000, half_open.successes=4 with half_open.probes=4, recovery=manual. May be repeated.",
      valueName: "key=value"))
  var defaults: [String] = []

  func run() async throws {
    do {
      let executable = try Executable.current
      let conductor = Conductor(
        executable: executable, breakerd: breakerd ?? executable.sibling("breakerd"), defaults: defaults)
      guard try await Supervisor.run(conductor) else { throw ExitCode.failure }
    } catch let error as DemoError {
      Output.error("breakerd-demo: \(error)")
      throw ExitCode(error.exitCode)
    }
  }
}
