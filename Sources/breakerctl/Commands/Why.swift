internal import ArgumentParser
internal import BreakerProtocol

struct Why: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Why NAME is as it is: its last trip, the failures before it, the calls under way, and what comes next.")

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
    for (title, rows) in [
      ("calls under way, the oldest first:", explanation.holders),
      ("failures, the oldest first:", explanation.failures),
    ] where !rows.isEmpty {
      console.say(title)
      console.say(TextTable(rows).rendered(color: console.color))
    }
    return ExitStatus.done
  }
}
