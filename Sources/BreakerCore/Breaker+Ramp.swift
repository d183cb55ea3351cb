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
    // In whole numbers, and with draws of fifteen decimals, so that shares and draws are compared exactly.
    let draw = Int128(min(Int64(moment.chance * 1e15 + 0.5), 999_999_999_999_999))
    let unit = Int128(100_000_000_000)
    let length = Int128(ramp.duration.microseconds)
    let start = Int128(ramp.start.basisPoints)
    let elapsed = (moment.now - since).microseconds
    let beyond = draw * length - start * unit * length
    let growth = (10_000 - start) * unit
    guard growth > 0, beyond >= growth * Int128(elapsed) else { return nil }
    let passes = Int64(clamping: beyond / growth)
    return min(Timespan(microseconds: max(passes + 1 - elapsed, 1)), until - moment.now)
  }
}
