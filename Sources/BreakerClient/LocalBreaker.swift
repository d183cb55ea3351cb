internal import BreakerCore

/// A small breaker of this process's own, for when the daemon cannot be asked.
///
/// So many failures in a row open it. Once its time is up it lets one call pass in each further `duration`, until one
/// succeeds; so a probe whose end is never told costs nothing but that time.
struct LocalBreaker {
  private var failuresInRow = 0
  private var nextCallAt: Instant?

  /// Whether a call may pass now; if not, when to ask again.
  mutating func decide(failures: Int, duration: Timespan, at now: Instant) -> Timespan? {
    guard failuresInRow >= failures else { return nil }
    guard let end = nextCallAt else {
      nextCallAt = now + duration
      return duration
    }
    guard now >= end else { return end - now }
    nextCallAt = now + duration
    return nil
  }

  /// A call has ended.
  mutating func record(_ outcome: Outcome, failures: Int, duration: Timespan, at now: Instant) {
    switch outcome {
    case .ok:
      failuresInRow = 0
      nextCallAt = nil
    case .fail:
      failuresInRow = min(failuresInRow + 1, failures)
      if failuresInRow >= failures { nextCallAt = now + duration }
    case .ignore: break
    }
  }
}
