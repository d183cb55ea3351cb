internal import ArgumentParser
internal import BreakerCore
internal import BreakerProtocol

struct Force: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Refuse all calls of NAME, let all pass, or only watch, until released.")

  @Argument(help: "The breaker; it is made if there is none.") var name: String
  @Argument(help: "open: refuse all; closed: let all pass; observe: let all pass and count.") var mode: Mode
  @Option(name: .customLong("for"), help: ArgumentHelp("Release it by itself after this.", valueName: "duration"))
  var length: LengthOfTime?
  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case open, closed, observe
  }

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.force)
    try line.add(try checked(name: name))
    try line.add(mode.rawValue)
    if let length { line.add(.for, length.timespan) }
    if let why { try line.add("why", why) }
    console.say(changed: try talk(socket).line(line), mode == .observe ? "set to observe" : "forced \(mode.rawValue)")
    return ExitStatus.done
  }
}
