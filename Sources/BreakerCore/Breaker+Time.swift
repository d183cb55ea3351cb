extension Breaker {
  /// The time at which ``advance(to:)`` has something to do next; ``Instant/never`` if nothing is to come.
  public var nextDeadline: Instant {
    guard let rare else { return until }
    return min(until, rare.nextDeadline)
  }

  /// Works off the deadlines that have come, each at its own time, up to the first that moves the breaker.
  ///
  /// - Returns: That move (call again), or nil when no deadline is left at or before now.
  public mutating func advance(to moment: Moment) -> Transition? {
    while true {
      let deadline = nextDeadline
      guard deadline <= moment.now else { return nil }
      var then = moment
      then.now = deadline
      if let transition = expire(at: then) { return transition }
    }
  }

  /// The first deadline at `moment.now` itself.
  private mutating func expire(at moment: Moment) -> Transition? {
    if until <= moment.now {
      switch state {
      case .open: return begin(.halfOpen, .openElapsed, moment)
      case .forcedOpen: return begin(.halfOpen, .forceEnded, moment)
      case .forcedClosed, .observe: return begin(.closed, .forceEnded, moment)
      // Whatever else comes due at the same time comes first.
      case .closed, .halfOpen: break
      }
    }
    switch rare?.takeDue(at: moment.now) {
    case .overdueProbe(let permit): return overdue(permit, moment)
    case .overdueCall(let call): return overdue(call, moment)
    case .lapsedProbe(let permit): return lapse(permit, moment)
    case .endedCall: return nil
    case nil: break
    }
    if state == .halfOpen { return open(.maxWait, moment) }
    until = .never
    return nil
  }
}
