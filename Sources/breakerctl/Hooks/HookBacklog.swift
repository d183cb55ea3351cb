internal import BreakerClient

/// The transitions that a command is still to be run for, the oldest first.
///
/// If many wait, only the newest of each breaker are kept: so there are not many more than breakers, and the command
/// hears in any case how each of them is in the end.
struct HookBacklog {
  /// As many as may wait before any is given up.
  static let limit = 1_000

  private var waiting: [BreakerTransition] = []
  /// How many of them are taken already.
  private var taken = 0
  /// The number of the newest of each breaker that waits.
  private var newest: [String: Int64] = [:]
  private var dropped = 0

  /// One more has come.
  mutating func add(_ transition: BreakerTransition) {
    waiting.append(transition)
    newest[transition.name] = transition.sequence
    if waiting.count - taken > max(Self.limit, 2 * newest.count) { keepNewest() }
  }

  private mutating func keepNewest() {
    let before = waiting.count - taken
    waiting = waiting[taken...].filter { newest[$0.name] == $0.sequence }
    taken = 0
    dropped += before - waiting.count
  }

  /// The next.
  mutating func takeFirst() -> BreakerTransition? {
    guard taken < waiting.count else { return nil }
    let first = waiting[taken]
    taken += 1
    if newest[first.name] == first.sequence { newest[first.name] = nil }
    if taken == waiting.count || taken >= Self.limit {
      waiting.removeFirst(taken)
      taken = 0
    }
    return first
  }

  /// How many were given up since this was last asked.
  mutating func takeDropped() -> Int {
    defer { dropped = 0 }
    return dropped
  }

  /// Gives up all that wait, and returns how many those were.
  mutating func removeAll() -> Int {
    defer { (waiting, taken, newest) = ([], 0, [:]) }
    return waiting.count - taken
  }
}
