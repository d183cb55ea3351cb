extension Breaker {
  mutating func open(_ cause: Cause, _ moment: Moment) -> Transition {
    totals[.opened] &+= 1
    switch policy.recovery {
    case .manual:
      return begin(.open, cause, moment)
    case .check, .traffic:
      if state == .closed, moment.hasProber, let check = policy.check { return beginChecks(check, cause, moment) }
      let length = policy.open.length(after: openingsInARow(at: moment.now), chance: moment.chance)
      return begin(.open, cause, moment, until: moment.now + length)
    }
  }

  /// Begins a new generation, with everything that belongs to one empty.
  mutating func begin(
    _ next: State, _ cause: Cause, _ moment: Moment, until end: Instant = .never
  ) -> Transition {
    let previous = state
    // Before the state goes: time spent closed is forgotten with it.
    let opens = next == .open || (previous == .closed && next == .halfOpen)
    openings = openingsInARow(at: moment.now) + (opens ? 1 : 0)
    state = next
    totals[Totals.Kind(movesTo: next)] &+= 1
    generation = moment.nextGeneration
    since = moment.now
    until = end
    tally.clear()
    told = []
    if let rare {
      rare.begin(generation: generation)
      rare.nextCheck = moment.now
      // Those that failed before an open time go on being counted after it.
      if next == .closed || next.isForced { rare.failedChecks = 0 }
    }
    return Transition(
      from: previous, to: next, at: moment.now, generation: generation, cause: cause, until: end, openings: openings)
  }
}
