extension Breaker {
  /// A probe's permit, if one is free.
  mutating func allowProbe(_ caller: Caller, _ lease: Timespan?, _ moment: Moment) -> Decision {
    let isCheck = isCheck(caller)
    guard isCheck ? mayCheck(moment) : hasFreePermit(moment) else {
      return refuse(.halfOpen, retryAfter(at: moment))
    }
    guard hasFreeSlot else { return refuse(.saturated, nil) }
    let length = min(lease ?? policy.halfOpen.lease, policy.halfOpen.maxLease)
    let rare = needRareState()
    let number = rare.nextPermit()
    totals[.probes] &+= 1
    rare.probes.insert(
      Permit(
        number: number, since: moment.now, expires: moment.now + length, overdue: overdueTime(moment.now),
        holder: caller))
    if isCheck, let check = policy.check {
      rare.nextCheck = moment.now + check.interval
    } else if !rare.hasProbed {
      rare.hasProbed = true
      if let maxWait = policy.halfOpen.maxWait { until = moment.now + maxWait }
    }
    return .allow(.halfOpen, Token(generation: generation, permit: number), lease: length)
  }

  /// Whether a caller would get a permit.
  func hasFreePermit(_ moment: Moment) -> Bool {
    !isChecked(moment) && permitsOut < min(policy.halfOpen.probes, missingOutcomes)
  }

  /// Takes in how a probe ended.
  mutating func settle(_ permit: Permit, _ report: Report, _ moment: Moment) -> Receipt {
    let slow = countTotals(report)
    guard report.outcome != .ignore else { return .counted }
    rare?.lapses = 0
    let move = settle(permit, failed: report.outcome == .fail, slow: slow, failure: .probeFailed, moment)
    return move.map { .moved($0) } ?? .counted
  }

  /// A lease has ended without a report.
  mutating func lapse(_ permit: Permit, _ moment: Moment) -> Transition? {
    totals[.lapsed] &+= 1
    if let rare {
      rare.lapses = rare.lapses == .max ? .max : rare.lapses + 1
      rare.lapsedProcess = permit.holder.pid
    }
    return settle(permit, failed: true, slow: false, failure: .leaseLapsed(permit.holder), moment)
  }

  /// How many outcomes the verdict waits for.
  private var missingOutcomes: Int {
    switch policy.halfOpen.verdict {
    case .successes(let needed): needed - (tally.counts.total - tally.counts.failures)
    case .calls(let needed, _): needed - tally.counts.total
    }
  }

  /// Counts one probe, and decides if it was the last that was missing.
  mutating func settle(
    _ permit: Permit, failed: Bool, slow: Bool, failure: Cause, _ moment: Moment
  ) -> Transition? {
    if isCheck(permit.holder) { return settleCheck(failed: failed, moment) }
    tally.counts += Counts(total: 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0)
    if case .successes = policy.halfOpen.verdict {
      if failed { return open(failure, moment) }
      if slow && policy.trip.slowRate != nil { return open(.probeSlow, moment) }
    }
    return decide(moment)
  }

  /// Closes or opens, if the settled probes are enough to say.
  mutating func decide(_ moment: Moment) -> Transition? {
    guard missingOutcomes <= 0 else { return nil }
    let counts = tally.counts
    if case .calls(_, let threshold) = policy.halfOpen.verdict {
      if threshold.isReached(by: counts.failures, of: counts.total) {
        return open(
          .failureRate(failures: counts.failures, total: counts.total, threshold: threshold), moment)
      }
      if let slow = policy.trip.slowRate, slow.isReached(by: counts.slow, of: counts.total) {
        return open(.slowRate(slow: counts.slow, total: counts.total, threshold: slow), moment)
      }
    }
    return close(.probesSucceeded(total: counts.total, failures: counts.failures), moment)
  }
}
