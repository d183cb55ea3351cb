internal import BreakerCore

/// Lets one complaint of each kind through in an interval.
struct ComplaintLimiter {
  private var lastUnavailable: Instant?
  private var lastNotPermitted: Instant?
  private var lastCallRefused: Instant?
  private var lastRefused: Instant?

  /// Whether to write this one to the log.
  mutating func admits(_ complaint: Complaint, interval: Timespan, at now: Instant) -> Bool {
    switch complaint {
    case .unavailable(.notPermitted): Self.admits(&lastNotPermitted, interval, now)
    case .unavailable(.refused): Self.admits(&lastCallRefused, interval, now)
    case .unavailable(.shutDown): false
    case .unavailable: Self.admits(&lastUnavailable, interval, now)
    case .reportRefused: Self.admits(&lastRefused, interval, now)
    }
  }

  private static func admits(_ last: inout Instant?, _ interval: Timespan, _ now: Instant) -> Bool {
    if let last, now - last < interval { return false }
    last = now
    return true
  }
}
