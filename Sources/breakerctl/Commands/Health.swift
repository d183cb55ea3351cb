internal import ArgumentParser
internal import BreakerProtocol

struct Health: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "Is the daemon well, and if not, why?")

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let reply = try talk(socket).line(RequestLine(.health))
    console.say(facts: [.init("health", reply.words.dropFirst().first ?? reply.text)] + reply.pairs)
    return ExitStatus.done
  }
}
