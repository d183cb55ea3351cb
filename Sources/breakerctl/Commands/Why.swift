internal import ArgumentParser
internal import BreakerProtocol

struct Why: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Why NAME is as it is: its last trip, the failures before it, and what comes next.")

  @Argument(help: "The breaker.") var name: String
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.why)
    try line.add(try checked(name: name))
    let explanation = WhyText(try talk(socket).rows(line))
    if console.json {
      console.say(explanation.json)
      return ExitStatus.done
    }
    console.say(facts: explanation.facts)
    guard !explanation.failures.isEmpty else { return ExitStatus.done }
    console.say("failures, the oldest first:")
    console.say(TextTable(explanation.failures).rendered(color: console.color))
    return ExitStatus.done
  }
}
