internal import ArgumentParser
internal import BreakerCore
internal import BreakerProtocol

struct LogLevel: PatientCommand {
  static let configuration = CommandConfiguration(
    commandName: "loglevel", abstract: "What the daemon logs: trace, debug, info, notice, warning, error or critical.")

  @Argument(help: "The least level that is logged.") var level: String
  @Option(name: .customLong("for"), help: ArgumentHelp("Only for so long.", valueName: "duration"))
  var length: LengthOfTime?
  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.loglevel)
    try line.add(level)
    if let length { line.add(.for, length.timespan) }
    if let why { try line.add("why", why) }
    let reply = try talk(socket).line(line)
    if console.json { console.say(facts: [.init("level", level)] + reply.pairs) }
    return ExitStatus.done
  }
}
