internal import BreakerCore

/// Lets some through at once, and then one in each interval.
struct Pace {
  private let atOnce: Int64
  private let interval: Timespan
  /// When the next one is due, if none were let through at once.
  private var next = Instant.distantPast

  init(atOnce: Int64 = 16, each interval: Timespan = .seconds(1)) {
    self.atOnce = atOnce
    self.interval = interval
  }

  /// Whether one may pass now.
  mutating func take(at now: Instant) -> Bool {
    let due = max(next, now - Timespan(microseconds: interval.microseconds * (atOnce - 1)))
    guard due <= now else { return false }
    next = due + interval
    return true
  }
}
