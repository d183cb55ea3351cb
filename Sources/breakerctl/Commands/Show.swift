internal import ArgumentParser
internal import BreakerProtocol

struct Show: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "Everything about NAME.")

  @Argument(help: "The breaker.") var name: String
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.show)
    try line.add(try checked(name: name))
    console.say(facts: try talk(socket).rows(line).flatMap(\.pairs))
    return ExitStatus.done
  }
}
