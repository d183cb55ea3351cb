internal import ArgumentParser
internal import BreakerProtocol

struct Backup: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Have the daemon copy its database, and print the path of the copy.")

  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.backup)
    if let why { try line.add("why", why) }
    let path = try talk(socket).line(line)["path"] ?? ""
    console.say(console.json ? JSONText.object([.init("path", path)]) : path)
    return ExitStatus.done
  }
}
