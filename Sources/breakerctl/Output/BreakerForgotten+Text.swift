internal import BreakerClient
internal import BreakerProtocol

extension BreakerForgotten {
  /// A line for people: when, and which.
  var text: String {
    "\(LocalTime(at)?.time ?? TextTable.printable(at))  \(TextTable.printable(name))  forgotten"
  }

  /// All of it in `key=value` words.
  var facts: [Fields.Pair] {
    [.init("event", "forgotten"), .init("name", name), .init("seq", "\(sequence)"), .init("at", at)]
  }
}
