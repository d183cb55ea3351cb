internal import ArgumentParser
internal import BreakerProtocol

struct List: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "All breakers, or those that GLOB matches, by name.")

  @Argument(help: "Which; all if left out.") var glob: String?
  @Option(
    help: ArgumentHelp("The most rows; those that come first in the daemon's order.", valueName: "count")) var limit:
    Int?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit takes a number of 1 or more") }
  }

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.list)
    if let glob { try line.add(glob) }
    var rows: [Fields] = []
    try talk(socket).pages(line) { page in
      rows += page
      return limit.map { rows.count < $0 } ?? true
    }
    if let limit { rows = Array(rows.prefix(limit)) }
    rows.sort { ($0["name"] ?? "") < ($1["name"] ?? "") }
    console.say(rows: rows)
    if rows.isEmpty, !console.json {
      console.complain(glob.map { "no breaker matches \($0)" } ?? "there are no breakers yet")
    }
    return ExitStatus.done
  }
}
