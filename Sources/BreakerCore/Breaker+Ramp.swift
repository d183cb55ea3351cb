/// The way back to full load after an outage.
extension Breaker {
  /// Closes a half-open breaker, and begins the ramp.
  mutating func close(_ cause: Cause, _ moment: Moment) -> Transition {
    let transition = begin(.closed, cause, moment)
    if let ramp = policy.ramp { until = moment.now + ramp.duration }
    return transition
  }

  /// Whether only a share of the calls passes: each request needs a draw of its own.
  public var isRamping: Bool { state == .closed && until != .never }

  /// Nil if this call may pass; else, how long until the share has grown so far that a call with its draw would.
  func rampWait(_ moment: Moment) -> Timespan? {
    guard isRamping, let ramp = policy.ramp else { return nil }
    let start = Double(ramp.start.basisPoints) / 10_000
    let length = Double(ramp.duration.microseconds)
    let elapsed = (moment.now - since).microseconds
    guard moment.chance >= start + (1 - start) * Double(elapsed) / length else { return nil }
    let passes = (moment.chance - start) / (1 - start) * length
    return min(Timespan(microseconds: max(Int64(passes) + 1 - elapsed, 1)), until - moment.now)
  }
}
