internal import BreakerProtocol

/// The trips among the events of one breaker: those of the rules that decide, and those of its second rules.
struct TripPair {
  /// The trips of one set of rules.
  struct Side {
    private(set) var count = 0
    /// The latest.
    private(set) var last: Fields?

    fileprivate mutating func add(_ event: Fields) {
      count += 1
      last = event
    }
  }

  private(set) var made = Side()
  private(set) var told = Side()
  /// Of both, as many as are kept; the oldest first.
  private(set) var newest: [Fields] = []
  /// When the oldest event was, of any kind.
  private(set) var since: String?

  mutating func add(_ event: Fields, keeping limit: Int) {
    since = since ?? event["at"]
    if Self.isTold(event) {
      told.add(event)
    } else if Self.isMade(event) {
      made.add(event)
    } else {
      return
    }
    newest.append(event)
    if newest.count > limit { newest.removeFirst() }
  }

  /// Whether it is a trip of the rules that decide, or would have been one if the breaker was not observed.
  private static func isMade(_ event: Fields) -> Bool {
    guard event["event"] == "transition" else { return event["event"] == "would_trip" }
    return event["from"] == "closed" && event["cause"] != "restored" && ["open", "half-open"].contains(event["to"])
  }

  /// Whether it is a trip that only the second rules tell of.
  static func isTold(_ event: Fields) -> Bool { event["event"] == "would_trip" && event["by"] == "shadow" }
}
