import BreakerCore

/// A time during which the breaker was open or tried whether it could close.
struct Outage {
  /// When it opened.
  let start: Instant
  /// Why.
  let cause: Cause
  /// When it closed, or an admin took over; nil: it has not.
  var end: Instant?
  /// How often a probe opened it again.
  var reopenings = 0
  /// The calls refused meanwhile.
  var refused = 0
}
