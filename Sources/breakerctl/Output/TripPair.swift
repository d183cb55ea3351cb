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

    fileprivate mutating func raise(to count: Int, by event: Fields) {
      guard count > self.count else { return }
      self.count = count
      if event["at"] ?? "" > last?["at"] ?? "" { last = event }
    }
  }

  private(set) var made = Side()
  private(set) var told = Side()
  /// Those of the rules that decide that were only told of, while the breaker was observed.
  private var observed = 0
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
      if event["event"] == "would_trip" { observed += 1 }
    } else {
      return
    }
    newest.append(event)
    if newest.count > limit { newest.removeFirst() }
  }

  /// Takes in what `why` says: of rules that would have tripped again and again not all times are events.
  mutating func add(explanation rows: [Fields]) {
    for row in rows where row["event"] == "would_trip" {
      guard let times = row["times"].flatMap({ Int($0) }) else { continue }
      if Self.isTold(row) {
        told.raise(to: times, by: row)
      } else {
        made.raise(to: made.count - observed + times, by: row)
      }
    }
  }

  /// Whether it is a trip of the rules that decide, or would have been one if the breaker was not observed.
  private static func isMade(_ event: Fields) -> Bool {
    guard event["event"] == "transition" else { return event["event"] == "would_trip" }
    return event["from"] == "closed" && event["cause"] != "restored" && ["open", "half-open"].contains(event["to"])
  }

  /// Whether it is a trip that only the second rules tell of.
  static func isTold(_ event: Fields) -> Bool { event["event"] == "would_trip" && event["by"] == "shadow" }
}
