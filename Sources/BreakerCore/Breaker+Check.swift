/// Recovery `check`: a prober, not the callers, finds out whether the dependency is back.
///
/// The prober is a client that asks like any other; its caller says that it is one. While it comes in time, callers are
/// refused; when there is none, or it is late by more than an interval, callers are let through as probes.
extension Breaker {
  /// Whether a prober decides this half-open breaker.
  func isChecked(_ moment: Moment) -> Bool {
    guard let check = policy.check, let rare, moment.hasProber else { return false }
    return rare.isChecking || moment.now < rare.nextCheck + check.interval
  }

  /// Whether this permit is a check.
  func isCheck(_ caller: Caller) -> Bool { policy.check != nil && caller.isProber }

  /// Whether the prober may try now: one check at a time, each an interval after the one before began.
  func mayCheck(_ moment: Moment) -> Bool {
    guard let rare else { return false }
    return !rare.isChecking && moment.now >= rare.nextCheck && permitsOut < policy.halfOpen.probes
  }

  /// A trip: the prober begins an interval later.
  mutating func beginChecks(_ check: Policy.Check, _ cause: Cause, _ moment: Moment) -> Transition {
    let transition = begin(.halfOpen, cause, moment)
    rare?.nextCheck = moment.now + check.interval
    return transition
  }

  /// Takes in how a check ended. One success closes; the last attempt that fails opens.
  mutating func settleCheck(failed: Bool, _ moment: Moment) -> Transition? {
    guard let check = policy.check, let rare else { return nil }
    // However long this one took, the next is not late yet.
    rare.nextCheck = max(rare.nextCheck, moment.now)
    guard failed else { return close(.checkSucceeded(attempts: rare.failedChecks + 1), moment) }
    rare.failedChecks += 1
    guard rare.failedChecks >= check.attempts else { return nil }
    totals[.opened] &+= 1
    return begin(
      .open, .checksFailed(attempts: rare.failedChecks), moment,
      until: check.latch ? .never : moment.now + policy.open.maxDuration)
  }
}
