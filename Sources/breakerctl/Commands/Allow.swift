internal import ArgumentParser
internal import BreakerClient
internal import BreakerCore
internal import BreakerProtocol

struct Allow: ControlCommand {
  static let configuration = CommandConfiguration(
    abstract: "May I call NAME? Exit 0: yes, and its token is printed; 75: no.",
    discussion: "Bring the token back: TOKEN=$(breakerctl allow api) && call; breakerctl report api ok $TOKEN")

  @Argument(help: "The breaker.") var name: String
  @Option(help: ArgumentHelp("How long the call may take at most.", valueName: "duration")) var lease: LengthOfTime?
  @OptionGroup var fallback: Fallback
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.everybodysFirst

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let deadline = patience.timeout?.duration ?? .milliseconds(50)
    let talk = Talk(socket: socket, deadline: deadline)
    switch try Guard.ask(try checked(name: name), lease: lease?.timespan, talk, fallback, console) {
    case .unguarded:
      sayUnavailable("allow", console)
      return ExitStatus.done
    case .refused:
      sayUnavailable("deny", console)
      return ExitStatus.denied
    case .answered(let answer):
      if console.json {
        console.say(facts: answer.facts(name: name))
      } else if answer.isAllowed {
        if let token = answer.token { console.say(token.text) }
      } else {
        console.complain(answer.denial(name: name).description)
      }
      return answer.isAllowed ? ExitStatus.done : ExitStatus.denied
    }
  }

  private func sayUnavailable(_ decision: String, _ console: Console) {
    guard console.json else { return }
    console.say(facts: [.init("name", name), .init("decision", decision), .init("reason", "unavailable")])
  }
}

extension AllowAnswer {
  /// The answer in `key=value` words.
  func facts(name: String) -> [Fields.Pair] {
    var facts = [
      Fields.Pair("name", name), Fields.Pair("decision", isAllowed ? "allow" : "deny"),
      Fields.Pair("reason", reason.word),
    ]
    if let token { facts.append(.init("token", token.text)) }
    if let lease { facts.append(.init("lease_ms", "\(lease.millisecondsRoundedUp)")) }
    if let retryAfter { facts.append(.init("retry_ms", "\(retryAfter.millisecondsRoundedUp)")) }
    return facts
  }

  /// The denial as the client library words it.
  func denial(name: String) -> BreakerDenied {
    BreakerDenied(
      name: name, reason: BreakerDenied.Reason(reason),
      retryAfter: retryAfter.map { .microseconds($0.microseconds) })
  }
}

extension Token {
  /// As on the wire.
  var text: String { permit == 0 ? "\(generation)" : "\(generation).\(permit)" }
}
