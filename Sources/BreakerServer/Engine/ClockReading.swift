internal import BreakerCore

/// A moment by the engine's clock and by the wall clock.
struct ClockReading: Sendable {
  let now: Instant
  /// From the engine's clock to the wall clock.
  let offset: Timespan

  /// Wall-clock microseconds since 1970.
  var wall: Int64 { wall(now) }

  /// The same of another moment of the engine's clock.
  func wall(_ time: Instant) -> Int64 { (time + offset).microseconds }
}
