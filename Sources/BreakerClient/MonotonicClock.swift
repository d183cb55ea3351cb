internal import BreakerCore
internal import NIOCore

/// Where the client takes the time from: the system's monotonic clock, or a test's.
struct MonotonicClock: Sendable {
  /// The time now; its origin means nothing.
  var now: @Sendable () -> Instant

  /// CLOCK_MONOTONIC.
  static let system = MonotonicClock {
    Instant(microseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000))
  }
}
