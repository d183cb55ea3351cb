extension Breaker {
  /// Failures in a row in this generation; ``windowCounts(at:)`` brings it up to now.
  public var run: Int { tally.run }

  /// How long an open or forced-open breaker stays so, a half-open one at most waits for a permit; nil: not by itself,
  /// or it does not refuse at all.
  public func retryAfter(at moment: Moment) -> Timespan? {
    let end: Instant
    switch state {
    case .open, .forcedOpen: end = until
    case .halfOpen: end = nextAnswer(moment)
    case .closed, .forcedClosed, .observe: return nil
    }
    return end == .never ? nil : end - moment.now
  }

  /// When a half-open breaker answers a refused caller otherwise at the latest: a probe ends by itself, or the prober has
  /// its turn, or has missed it.
  private func nextAnswer(_ moment: Moment) -> Instant {
    let end = min(until, rare?.probes.nextDeadline ?? .never)
    guard end == .never, let check = policy.check, let rare, isChecked(moment) else { return end }
    return moment.now < rare.nextCheck ? rare.nextCheck : rare.nextCheck + check.interval
  }

  /// Whether a caller must ask for each call, since the state alone does not say whether it may pass: a permit is free, or
  /// there is a ramp, a limit, or a watch for overdue calls.
  public func mustAsk(at moment: Moment) -> Bool {
    switch state {
    case .closed: isRamping || policy.calls.areTracked
    // With a prober it depends on the time as well.
    case .halfOpen: policy.check != nil || hasFreePermit(moment)
    case .open, .forcedOpen, .forcedClosed, .observe: false
    }
  }

  /// Whether it has nothing but counts: no permit or call is out, and the policy asks for none to be watched.
  @inlinable public var isPlain: Bool { rare == nil }

  /// From how long on some rule takes a call for slow; nil: how long calls take is of no interest.
  public var slowCall: Timespan? {
    guard let limit = policy.trip.slowCall, let shadow = policy.shadow?.slowCall else {
      return policy.trip.slowCall ?? policy.shadow?.slowCall
    }
    return min(limit, shadow)
  }

  /// Whether a permit or a tracked call is out that this connection was given.
  public func hasPermit(of connection: UInt64) -> Bool {
    guard let rare else { return false }
    return rare.probes.contains { $0.holder.connection == connection } || rare.calls.hasCall(of: connection)
  }

  /// Probe leases that ended in a row, up to now.
  public var lapses: Int { Int(rare?.lapses ?? 0) }

  /// The process that let the last of them end.
  public var lapsedProcess: Int32 { rare?.lapsedProcess ?? 0 }

  /// How many probes are out.
  public var permitsOut: Int { rare?.probes.count ?? 0 }

  /// How many calls are known to be under way: probes, and calls that are tracked.
  public var callsOut: Int { rare?.callsOut ?? 0 }

  /// How many checks by the prober have failed since the breaker opened.
  public var failedChecks: Int { rare?.failedChecks ?? 0 }

  /// How often the breaker has opened in a row; the next opening is drawn out by it.
  public func openingsInARow(at now: Instant) -> Int {
    state == .closed && now - since >= policy.open.resetAfter ? 0 : openings
  }

  /// What the second rules look at, and their run of failures; nil: there are none.
  public func shadowFigures(at now: Instant) -> (run: Int, window: Counts)? {
    guard policy.shadow != nil else { return nil }
    return rare?.shadow?.figures(at: now)
  }

  /// The calls that the windowed rules look at; without such a rule, all of the generation (half-open: the settled
  /// probes).
  public mutating func windowCounts(at now: Instant) -> Counts {
    tally.roll(to: now)
    return state == .halfOpen || !policy.trip.hasWindowedRule ? tally.counts : tally.judged
  }
}
