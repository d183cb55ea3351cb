import NIOCore

/// A moment on the host's monotonic clock, which all processes of the demo share.
struct MonotonicTime: Comparable, LosslessStringConvertible, Sendable {
  /// Since an origin that means nothing.
  let nanoseconds: UInt64

  static var now: MonotonicTime { MonotonicTime(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

  init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  init?(_ description: String) {
    guard let nanoseconds = UInt64(description) else { return nil }
    self.nanoseconds = nanoseconds
  }

  var description: String { String(nanoseconds) }

  static func < (one: MonotonicTime, other: MonotonicTime) -> Bool { one.nanoseconds < other.nanoseconds }

  /// The time from `earlier` to this.
  func since(_ earlier: MonotonicTime) -> Duration {
    .nanoseconds(Int64(nanoseconds) - Int64(earlier.nanoseconds))
  }

  /// The moment so much earlier.
  func before(_ duration: Duration) -> MonotonicTime {
    let (seconds, attoseconds) = duration.components
    let length = UInt64(max(seconds, 0)) * 1_000_000_000 + UInt64(max(attoseconds, 0) / 1_000_000_000)
    return MonotonicTime(nanoseconds: nanoseconds - min(length, nanoseconds))
  }
}
