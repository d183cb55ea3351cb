internal import ArgumentParser
internal import BreakerProtocol

struct Clients: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "The connections, and who is at their other ends.")

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    console.say(rows: try talk(socket).rows(RequestLine(.clients)))
    return ExitStatus.done
  }
}
