internal import ArgumentParser
internal import BreakerProtocol

struct SetKeys: PatientCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Override keys of the policy for NAME, as trip.failure_rate=50%.")

  @Argument(help: "The breaker; it is made if there is none.") var name: String
  @Argument(help: ArgumentHelp("Dotted keys and their values.", valueName: "key=value")) var settings: [String]
  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func validate() throws {
    for setting in settings where !setting.contains("=") {
      throw ValidationError("'\(setting)' has no value: write it as \(setting)=VALUE")
    }
  }

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.set)
    try line.add(try checked(name: name))
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      try line.add(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    if let why { try line.add("why", why) }
    console.say(changed: try talk(socket).line(line), "changed")
    return ExitStatus.done
  }
}
