internal import ArgumentParser
internal import BreakerProtocol

struct Stats: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "Figures of the daemon.")

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    console.say(facts: try talk(socket).rows(RequestLine(.stats)).flatMap(\.pairs))
    return ExitStatus.done
  }
}
