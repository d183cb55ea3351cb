/// The way back to full load after an outage.
extension Breaker {
  /// Closes a half-open breaker, and begins the ramp.
  mutating func close(_ cause: Cause, _ moment: Moment) -> Transition {
    let transition = begin(.closed, cause, moment)
    if let ramp = policy.ramp { until = moment.now + ramp.duration }
    return transition
  }

  /// Whether only a share of the calls passes: each request needs a draw of its own.
  @inlinable public var isRamping: Bool { state == .closed && until != .never }

  /// Nil if this call may pass; else, how long until the share has grown so far that a call with its draw would.
  func rampWait(_ moment: Moment) -> Timespan? {
    guard isRamping, let ramp = policy.ramp else { return nil }
    // In ten-thousandths of a microsecond, and with draws of nine decimals, so that shares and draws are compared exactly.
    let length = Double(ramp.duration.microseconds)
    let start = Double(ramp.start.basisPoints)
    let elapsed = (moment.now - since).microseconds
    let draw = Double(Int64(moment.chance * 1e9 + 0.5)) / 1e5
    let beyond = draw * length - start * length
    guard beyond >= (10_000 - start) * Double(elapsed) else { return nil }
    let passes = beyond / (10_000 - start)
    return min(Timespan(microseconds: max(Int64(passes) + 1 - elapsed, 1)), until - moment.now)
  }
}
