import BreakerCore

/// A ``Transition``, made by anybody.
struct Move: Equatable {
  var from: State
  var to: State
  var at: Instant
  var generation: UInt64
  var cause: Cause
  var until: Instant
  var openings: Int
}

extension Move {
  init(_ transition: Transition) {
    self.init(
      from: transition.from, to: transition.to, at: transition.at, generation: transition.generation,
      cause: transition.cause, until: transition.until, openings: transition.openings)
  }
}

/// What a breaker answered to any event.
enum Reply: Equatable {
  case nothing
  case decision(Decision)
  case counted
  case totalsOnly
  case wouldTrip([Cause])
  case stale
  case moved(Move)
  case returned(Int)

  init(_ receipt: Receipt) {
    switch receipt {
    case .counted: self = .counted
    case .totalsOnly: self = .totalsOnly
    case .moved(let transition): self = .moved(Move(transition))
    case .wouldTrip(let causes): self = .wouldTrip(causes)
    case .stale: self = .stale
    }
  }

  init(_ move: Move?) { self = move.map { .moved($0) } ?? .nothing }
}

/// All that can be seen of a breaker from outside.
struct Face: Equatable {
  var state: State
  var generation: UInt64
  var since: Instant
  var until: Instant
  var nextDeadline: Instant
  var retryAfter: Timespan?
  var openings: Int
  var permitsOut: Int
  var callsOut: Int
  var failedChecks: Int
  var mustAsk: Bool
  var lapses: Int
  var totals: Totals
  /// Window and run are brought up to date by looking at them, so not every look does.
  var window: Counts?
  var run: Int?
}

extension Face {
  init(_ breaker: inout Breaker, at moment: Moment, inDepth: Bool) {
    let window = inDepth ? breaker.windowCounts(at: moment.now) : nil
    self.init(
      state: breaker.state, generation: breaker.generation, since: breaker.since, until: breaker.until,
      nextDeadline: breaker.nextDeadline, retryAfter: breaker.retryAfter(at: moment),
      openings: breaker.openingsInARow(at: moment.now), permitsOut: breaker.permitsOut, callsOut: breaker.callsOut,
      failedChecks: breaker.failedChecks, mustAsk: breaker.mustAsk(at: moment), lapses: Int(breaker.lapses),
      totals: breaker.totals, window: window, run: inDepth ? breaker.run : nil)
  }

  init(_ breaker: SlowBreaker, at moment: Moment, inDepth: Bool) {
    let hasWaitedClosed =
      breaker.state == .closed && breaker.clock - breaker.since >= breaker.policy.open.resetAfter.microseconds
    let policy = breaker.policy
    let mustAsk =
      switch breaker.state {
      case .closed: breaker.end != nil || policy.calls.limit != nil || policy.calls.overdue != nil
      case .halfOpen: policy.check != nil || breaker.permits.count < min(policy.halfOpen.probes, breaker.missing)
      case .open, .forcedOpen, .forcedClosed, .observe: false
      }
    self.init(
      state: breaker.state, generation: breaker.generation, since: Instant(microseconds: breaker.since),
      until: breaker.end.map { Instant(microseconds: $0) } ?? .never,
      nextDeadline: breaker.deadlines.map { Instant(microseconds: $0.at) }.min() ?? .never,
      retryAfter: breaker.retryAfter(moment), openings: hasWaitedClosed ? 0 : breaker.openings,
      permitsOut: breaker.permits.count, callsOut: breaker.calls.count, failedChecks: breaker.failedChecks,
      mustAsk: mustAsk, lapses: breaker.lapses, totals: breaker.totals,
      window: inDepth
        ? (breaker.state == .halfOpen ? sum(breaker.probes) : breaker.tally.shown(policy.trip, breaker.clock)) : nil,
      run: inDepth ? breaker.tally.run.count : nil)
  }
}
