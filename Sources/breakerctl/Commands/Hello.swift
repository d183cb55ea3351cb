internal import ArgumentParser
internal import BreakerClient
internal import BreakerProtocol

struct Hello: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "What the daemon is, and what it takes you for.")

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.hello)
    try line.add("1")
    try line.add("client", "breakerctl/" + BreakerClient.version)
    console.say(facts: try talk(socket).line(line).pairs + [.init("socket", socket.path)])
    return ExitStatus.done
  }
}
