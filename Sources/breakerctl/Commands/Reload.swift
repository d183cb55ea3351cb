internal import ArgumentParser
internal import BreakerClient
internal import BreakerProtocol

struct Reload: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Have the daemon read its configuration again, and follow all of it or nothing.")

  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.reload)
    if let why { try line.add("why", why) }
    do {
      console.say(changed: try talk(socket).line(line), "changed")
    } catch let error {
      guard case .refused(ErrorCode.badArgument.rawValue, let text) = error else { throw error }
      throw Failure(ExitStatus.badConfiguration, text)
    }
    return ExitStatus.done
  }
}
