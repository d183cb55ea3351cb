internal import ArgumentParser
internal import BreakerProtocol

struct UnsetKeys: PatientCommand {
  static let configuration = CommandConfiguration(
    commandName: "unset", abstract: "Take overrides of the policy for NAME back.")

  @Argument(help: "The breaker.") var name: String
  @Argument(help: ArgumentHelp("Dotted keys, or blocks of them.", valueName: "key")) var keys: [String]
  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.unset)
    try line.add(try checked(name: name))
    for key in keys { try line.add(key) }
    if let why { try line.add("why", why) }
    console.say(changed: try talk(socket).line(line), "changed")
    return ExitStatus.done
  }
}
