import BreakerCore

// MARK: Half-open

extension SlowBreaker {
  /// How many outcomes are missing for a verdict.
  var missing: Int {
    switch policy.halfOpen.verdict {
    case .successes(let needed): needed - probes.filter { !$0.failed }.count
    case .calls(let needed, _): needed - probes.count
    }
  }

  /// Whether callers are refused since a prober is at it, or will be in time.
  func isProberAwaited(_ moment: Moment) -> Bool {
    guard let check = policy.check, moment.hasProber else { return false }
    return permits.contains { $0.holder.isProber } || clock < nextCheck + check.interval.microseconds
  }

  mutating func settle(_ call: Call, _ probe: Past, _ failure: Cause, _ moment: Moment) -> Move? {
    if let check = policy.check, call.holder.isProber { return settle(check, failed: probe.failed, moment) }
    probes.append(probe)
    if case .successes = policy.halfOpen.verdict {
      if probe.failed { return open(failure, moment) }
      if probe.slow && policy.trip.slowRate != nil { return open(.probeSlow, moment) }
    }
    return missing <= 0 ? verdict(moment) : nil
  }

  private mutating func settle(_ check: Policy.Check, failed: Bool, _ moment: Moment) -> Move? {
    nextCheck = max(nextCheck, clock)
    guard failed else { return close(.checkSucceeded(attempts: failedChecks + 1), moment) }
    failedChecks += 1
    guard failedChecks >= check.attempts else { return nil }
    openings += 1
    totals[.opened] += 1
    let end = check.latch ? nil : clock + policy.open.maxDuration.microseconds
    return begin(.open, .checksFailed(attempts: failedChecks), moment, until: end)
  }

  private mutating func verdict(_ moment: Moment) -> Move {
    let settled = sum(probes)
    if case .calls(_, let rate) = policy.halfOpen.verdict {
      if settled.failures * 10_000 >= rate.basisPoints * settled.total {
        return open(.failureRate(failures: settled.failures, total: settled.total, threshold: rate), moment)
      }
      if let rate = policy.trip.slowRate, settled.slow * 10_000 >= rate.basisPoints * settled.total {
        return open(.slowRate(slow: settled.slow, total: settled.total, threshold: rate), moment)
      }
    }
    return close(.probesSucceeded(total: settled.total, failures: settled.failures), moment)
  }
}

// MARK: Moves

extension SlowBreaker {
  mutating func open(_ cause: Cause, _ moment: Moment) -> Move {
    let length = nextOpening(chance: moment.chance)
    let isTrip = state == .closed
    openings += 1
    totals[.opened] += 1
    if isTrip, moment.hasProber, let check = policy.check {
      let move = begin(.halfOpen, cause, moment)
      nextCheck = clock + check.interval.microseconds
      return move
    }
    return begin(.open, cause, moment, until: policy.recovery == .manual ? nil : clock + length)
  }

  private mutating func close(_ cause: Cause, _ moment: Moment) -> Move {
    let move = begin(.closed, cause, moment)
    end = policy.ramp.map { clock + $0.duration.microseconds }
    return move
  }

  /// duration x backoff ^ (openings in a row before), at most max_duration, +- jitter, at most max_duration, and never
  /// less than a millisecond, unless the duration is.
  private func nextOpening(chance: Double) -> Int64 {
    let longest = Double(policy.open.maxDuration.microseconds)
    var length = Double(policy.open.duration.microseconds)
    for _ in 0..<openings { length = min(length * policy.open.backoff, longest) }
    let jitter = Double(policy.open.jitter.basisPoints) / 10_000
    let share = jitter * (2 * chance - 1)
    length = min(length * (1 + share), longest)
    return max(Int64(length.rounded()), min(policy.open.duration.microseconds, 1_000))
  }

  mutating func begin(_ next: State, _ cause: Cause, _ moment: Moment, until end: Int64? = nil) -> Move {
    let move = Move(
      from: state, to: next, at: Instant(microseconds: clock), generation: moment.nextGeneration, cause: cause,
      until: end.map { Instant(microseconds: $0) } ?? .never, openings: openings)
    state = next
    totals[Totals.Kind(movesTo: next)] += 1
    generation = moment.nextGeneration
    since = clock
    self.end = end
    tally = SlowTally()
    shadow = SlowTally()
    probes = []
    calls.removeAll { $0.kind != .plain }
    permitsGiven = 0
    hasProbed = false
    nextCheck = clock
    if next == .closed || next.isForced { failedChecks = 0 }
    return move
  }

  func retryAfter(_ moment: Moment) -> Timespan? {
    var time: Int64?
    switch state {
    case .closed, .forcedClosed, .observe: return nil
    case .open, .forcedOpen: time = end
    case .halfOpen:
      time = (permits.flatMap { [$0.expires, $0.overdue ?? .max] } + [end ?? .max]).min()
      if time == .max { time = nil }
      if time == nil, let check = policy.check, isProberAwaited(moment) {
        time = clock < nextCheck ? nextCheck : nextCheck + check.interval.microseconds
      }
    }
    return time.map { Timespan(microseconds: $0 - clock) }
  }
}

// MARK: Admin

extension SlowBreaker {
  mutating func force(_ mode: ForcedMode, until end: Instant, at moment: Moment) -> Move? {
    let time = end == .never ? nil : end.microseconds
    if state == mode.state {
      self.end = time
      return nil
    }
    return begin(mode.state, .forced, moment, until: time)
  }

  mutating func release(at moment: Moment) -> Move? {
    guard state.isForced else { return nil }
    return begin(state == .forcedOpen ? .halfOpen : .closed, .released, moment)
  }

  mutating func reset(at moment: Moment) -> Move {
    openings = 0
    lapses = 0
    return begin(.closed, .reset, moment)
  }

  mutating func adopt(_ new: Policy, at moment: Moment) -> Move? {
    let old = policy
    policy = new
    if old.trip.window != new.trip.window { tally.past = [] }
    if new.shadow == nil || old.shadow?.window != new.shadow?.window { shadow = SlowTally() }
    if old.check == nil { nextCheck = clock }
    if state == .closed && end != nil { end = new.ramp.map { since + $0.duration.microseconds } }
    if state == .closed && clock - since >= new.open.resetAfter.microseconds { openings = 0 }
    guard state == .halfOpen else { return nil }
    switch (old.halfOpen.verdict, new.halfOpen.verdict) {
    case (.successes, .successes), (.calls, .calls): break
    case (.successes, .calls), (.calls, .successes): probes = []
    }
    return missing <= 0 ? verdict(moment) : nil
  }
}
