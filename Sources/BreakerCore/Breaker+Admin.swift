extension Breaker {
  /// Forces the breaker into a mode until `end` (``Instant/never``: until released).
  ///
  /// - Returns: The move; nil if it was in that mode already, and only its end has changed.
  public mutating func force(_ mode: ForcedMode, until end: Instant, at moment: Moment) -> Transition? {
    guard state != mode.state else {
      until = end
      return nil
    }
    return begin(mode.state, .forced, moment, until: end)
  }

  /// Ends a force: forced-open leads to half-open, the others to closed. Nil if none is in effect.
  public mutating func release(at moment: Moment) -> Transition? {
    switch state {
    case .forcedOpen: begin(.halfOpen, .released, moment)
    case .forcedClosed, .observe: begin(.closed, .released, moment)
    case .closed, .open, .halfOpen: nil
    }
  }

  /// Closes the breaker, whatever it was doing, and forgets its counts and openings; permits that are out become stale.
  public mutating func reset(at moment: Moment) -> Transition {
    openings = 0
    rare?.lapses = 0
    return begin(.closed, .reset, moment)
  }

  /// Follows another policy from now on. State, retry time, permits, run, lump memory and totals stay; the window stays
  /// if its shape does, else it starts empty, and so do the settled probes if another kind of verdict is asked for.
  ///
  /// Calls that are tracked stay so, with the deadlines they have; a ramp goes on by the new one, or ends if there is none.
  ///
  /// - Returns: The move of a half-open breaker whose settled probes decide by the new policy.
  public mutating func adopt(_ policy: Policy, at moment: Moment) -> Transition? {
    let old = self.policy
    tally.roll(to: moment.now)
    openings = openingsInARow(at: moment.now)
    self.policy = policy
    if policy.trip.window != old.trip.window {
      tally.window = Window(policy.trip.window, at: moment.now)
      if state != .halfOpen { tally.counts = .zero }
    }
    adoptExtras(instead: old, at: moment.now)
    guard state == .halfOpen else { return nil }
    switch (old.halfOpen.verdict, policy.halfOpen.verdict) {
    case (.successes, .successes), (.calls, .calls):
      return decide(moment)
    case (.successes, .calls), (.calls, .successes):
      tally.counts = .zero
      return nil
    }
  }

  private mutating func adoptExtras(instead old: Policy, at now: Instant) {
    if state == .closed && until != .never { until = policy.ramp.map { since + $0.duration } ?? .never }
    if policy.shadow?.window != old.shadow?.window { rare?.shadow = nil }
    prepare(for: policy, at: now)
    if old.check == nil { rare?.nextCheck = now }
  }
}
