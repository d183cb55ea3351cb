internal import ArgumentParser
internal import BreakerProtocol

struct StateOf: PatientCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "The state of NAME in one word, and when it can be asked again.")

  @Argument(help: "The breaker.") var name: String
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.state)
    try line.add(try checked(name: name))
    let reply = try talk(socket).line(line)
    if console.json {
      console.say(facts: [.init("name", name), .init("state", reply.words.dropFirst().first ?? "")] + reply.pairs)
    } else {
      console.say(reply.stateText(color: console.color))
    }
    return ExitStatus.done
  }
}
