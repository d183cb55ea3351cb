internal import ArgumentParser
internal import BreakerProtocol

struct PolicyOf: PatientCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "What NAME follows, or would follow, and where each value comes from.")

  @Argument(help: "The breaker, or a name that is not in use yet.") var name: String
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.policy)
    try line.add(try checked(name: name))
    console.say(rows: try talk(socket).rows(line))
    return ExitStatus.done
  }
}
