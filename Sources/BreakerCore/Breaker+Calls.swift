/// Calls under way: the concurrency limit, and calls that are overdue.
extension Breaker {
  /// A call of a closed breaker, if the ramp and the limit let it pass.
  mutating func allowCall(_ caller: Caller, _ lease: Timespan?, _ moment: Moment) -> Decision {
    if let wait = rampWait(moment) { return refuse(.ramp, wait) }
    guard policy.calls.areTracked else { return .allow(.closed, Token(generation: generation), lease: nil) }
    guard hasFreeSlot else { return refuse(.saturated, nil) }
    guard moment.room == .free || policy.calls.limit != nil else {
      return .allow(.closed, Token(generation: generation), lease: nil)
    }
    guard moment.room != .none else { return refuse(.saturated, nil) }
    let usual = policy.calls.lease
    let length = lease.map { min($0, max(policy.halfOpen.maxLease, usual)) } ?? usual
    let rare = needRareState()
    let token = Token(generation: generation, permit: rare.nextPermit())
    rare.calls.insert(
      TrackedCall(
        token, holder: caller, since: moment.now, expires: moment.now + length, overdue: overdueTime(moment.now)))
    return .allow(.closed, token, lease: length)
  }

  /// Whether one call more may be under way.
  var hasFreeSlot: Bool {
    guard let limit = policy.calls.limit else { return true }
    return callsOut < limit
  }

  /// When a call that begins now is overdue.
  func overdueTime(_ now: Instant) -> Instant { policy.calls.overdue.map { now + $0 } ?? .never }

  /// Takes in how a tracked call ended.
  mutating func settle(_ call: TrackedCall, _ report: Report, _ moment: Moment) -> Receipt {
    guard call.generation == Token(generation: generation).generation else { return stale() }
    guard !call.isJudged else {
      _ = countTotals(report)
      return .totalsOnly
    }
    return record(report, moment)
  }

  /// A call has become overdue: it counts as slow and failed, as if it had returned so.
  mutating func overdue(_ call: TrackedCall, _ moment: Moment) -> Transition? {
    countOverdue(call.holder, moment.now)
    let calls = Counts(total: 1, failures: 1, slow: 1)
    guard case .moved(let transition) = record(calls, duration: .endless, endedAt: moment.now, moment) else {
      return nil
    }
    return transition
  }

  /// A probe has become overdue: it fails, and keeps its slot until it is reported or the episode ends.
  mutating func overdue(_ permit: Permit, _ moment: Moment) -> Transition? {
    countOverdue(permit.holder, moment.now)
    rare?.calls.insert(
      TrackedCall(
        Token(generation: generation, permit: permit.number), holder: permit.holder, since: permit.since,
        expires: permit.expires, overdue: .never, isProbe: true, isJudged: true))
    return settle(permit, failed: true, slow: true, failure: .probeOverdue(permit.holder), moment)
  }

  private mutating func countOverdue(_ holder: Caller, _ now: Instant) {
    totals.failed &+= 1
    totals[.slow] &+= 1
    rare?.tell(.overdue(holder, at: now))
  }
}
