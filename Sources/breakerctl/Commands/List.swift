internal import ArgumentParser
internal import BreakerProtocol

struct List: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "All breakers, or those that GLOB matches, by name.")

  @Argument(help: "Which; all if left out.") var glob: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.list)
    if let glob { try line.add(glob) }
    let rows = try talk(socket).rows(line).sorted { ($0["name"] ?? "") < ($1["name"] ?? "") }
    console.say(rows: rows)
    if rows.isEmpty, !console.json {
      console.complain(glob.map { "no breaker matches \($0)" } ?? "there are no breakers yet")
    }
    return ExitStatus.done
  }
}
