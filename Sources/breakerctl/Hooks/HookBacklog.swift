internal import BreakerClient

/// The transitions that a command is still to be run for: the oldest first, and not more than so many.
struct HookBacklog {
  /// As many as may wait; beyond, the newest are dropped, and counted.
  static let limit = 1_000

  private var waiting: [BreakerTransition] = []
  private var dropped = 0

  /// One more has come.
  mutating func add(_ transition: BreakerTransition) {
    if waiting.count < Self.limit { waiting.append(transition) } else { dropped += 1 }
  }

  /// The next.
  mutating func takeFirst() -> BreakerTransition? { waiting.isEmpty ? nil : waiting.removeFirst() }

  /// How many were dropped since this was last asked.
  mutating func takeDropped() -> Int {
    defer { dropped = 0 }
    return dropped
  }

  /// Gives up all that wait, and returns how many those were.
  mutating func removeAll() -> Int {
    defer { waiting.removeAll() }
    return waiting.count
  }
}
