internal import ArgumentParser
internal import BreakerProtocol

struct Verbs: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "The verbs of the daemon's protocol, or one of them.")

  @Argument(help: "Only this verb.") var verb: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.help)
    if let verb { try line.add(verb) }
    let rows = try talk(socket).rows(line).map(\.text)
    if console.json {
      console.say(JSONText.array(rows.map(JSONText.string)))
    } else {
      for row in rows { console.say(TextTable.printable(row)) }
    }
    return ExitStatus.done
  }
}
