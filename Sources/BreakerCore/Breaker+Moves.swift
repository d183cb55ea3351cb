extension Breaker {
  mutating func open(_ cause: Cause, _ moment: Moment) -> Transition {
    totals.opened += 1
    switch policy.recovery {
    case .manual:
      return begin(.open, cause, moment)
    case .traffic:
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
    openings = openingsInARow(at: moment.now) + (next == .open ? 1 : 0)
    state = next
    generation = moment.nextGeneration
    since = moment.now
    until = end
    tally.clear()
    rare?.beginGeneration()
    told = []
    return Transition(
      from: previous, to: next, at: moment.now, generation: generation, cause: cause, until: end, openings: openings)
  }
}
