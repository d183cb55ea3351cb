internal import BreakerCore
internal import NIOCore

extension ClockReading {
  /// This moment.
  static var current: ClockReading {
    let now = Instant(microseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000))
    return ClockReading(now: now, offset: Timespan(microseconds: WallClock.microseconds - now.microseconds))
  }
}
