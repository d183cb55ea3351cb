internal import BreakerClient
internal import BreakerProtocol

extension BreakerTransition {
  /// A line for people: when, which, from where to where, and why.
  func text(color: Bool) -> String {
    let time = LocalTime(at)?.time ?? TextTable.printable(at)
    let states = [from, to].map { StateColor.paint(TextTable.printable($0), state: $0, if: color) }
    return "\(time)  \(TextTable.printable(name))  \(states[0]) -> \(states[1])  \(CauseText(cause, figures))"
  }

  /// All of it in `key=value` words.
  var facts: [Fields.Pair] {
    [.init("event", "transition"), .init("name", name), .init("from", from), .init("to", to), .init("cause", cause)]
      + figures + [.init("seq", "\(sequence)"), .init("at", at)]
  }
}
