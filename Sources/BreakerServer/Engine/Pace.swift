internal import BreakerCore

/// Lets some through at once, and then one a second.
struct Pace {
  private static let atOnce: Int64 = 16
  private static let interval = Timespan.seconds(1)

  /// When the next one is due, if none were let through at once.
  private var next = Instant.distantPast

  /// Whether one may pass now.
  mutating func take(at now: Instant) -> Bool {
    let due = max(next, now - Timespan(microseconds: Self.interval.microseconds * (Self.atOnce - 1)))
    guard due <= now else { return false }
    next = due + Self.interval
    return true
  }
}
