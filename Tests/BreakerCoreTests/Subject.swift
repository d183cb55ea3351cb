import BreakerCore

/// A breaker under test, with a clock that the test moves and a source of generation numbers.
final class Subject {
  private(set) var breaker: Breaker
  private(set) var now: Instant
  /// Given to every opening; one half means: no jitter.
  var chance = 0.5
  var hasProber = false
  var room = Moment.Room.free
  private var nextGeneration: UInt64 = 2

  /// Begins at a whole number of any bucket's lengths.
  init(_ policy: Policy, at now: Instant = Instant(microseconds: 1_000_000_000)) {
    self.now = now
    self.breaker = Breaker(following: policy, at: Moment(now: now, nextGeneration: 1, chance: 0))
  }

  convenience init(
    _ trip: Policy.Trip, _ open: Policy.Open = .steady, _ halfOpen: Policy.HalfOpen = Policy.HalfOpen()
  ) {
    self.init(Policy(trip: trip, open: open, halfOpen: halfOpen))
  }

  var state: State { breaker.state }
  var totals: Totals { breaker.totals }
  var generation: UInt64 { breaker.generation }
  var retryAfter: Timespan? { breaker.retryAfter(at: moment()) }
  var openings: Int { breaker.openingsInARow(at: now) }
  var window: Counts { breaker.windowCounts(at: now) }

  /// A token of the current generation, with a permit's number or without.
  func token(permit: UInt32 = 0) -> Token { Token(generation: generation, permit: permit) }

  // MARK: Time

  /// Moves the clock on, and works off what comes due.
  @discardableResult func pass(_ span: Timespan) -> [Move] {
    now = now + span
    var moves: [Move] = []
    while let transition = breaker.advance(to: moment()) { moves.append(used(transition)) }
    return moves
  }

  // MARK: Requests

  func allow(_ caller: Caller = .someone, lease: Timespan? = nil) -> Decision {
    breaker.allow(caller, lease: lease, at: moment())
  }

  /// Whether a call may pass; if so, it has begun.
  func isAllowed(_ caller: Caller = .someone, lease: Timespan? = nil) -> Bool {
    if case .allow = allow(caller, lease: lease) { true } else { false }
  }

  @discardableResult func report(
    _ outcome: Outcome, _ token: Token? = nil, ms: Int64? = nil, n: Int = 1, age: Timespan = .zero,
    by caller: Caller = .someone
  ) -> Reply {
    let report = Report(
      outcome, token: token, duration: ms.map { .milliseconds($0) }, count: n, age: age, caller: caller)
    let receipt = breaker.report(report, at: moment())
    if case .moved(let transition) = receipt { return .moved(used(transition)) }
    return Reply(receipt)
  }

  func look(_ caller: Caller = .stranger) -> Decision { breaker.look(caller, at: moment()) }

  /// Reports `count` failures, one after another.
  func fail(_ count: Int = 1) { for _ in 0..<count { report(.fail) } }

  /// Reports `count` successes, one after another.
  func succeed(_ count: Int = 1) { for _ in 0..<count { report(.ok) } }

  @discardableResult func lose(_ caller: Caller) -> Int { breaker.lose(connection: caller.connection) }

  var isRamping: Bool { breaker.isRamping }
  var mustAsk: Bool { breaker.mustAsk(at: moment()) }
  var news: [News] { breaker.takeNews() }

  func takeChangeInCallsOut() -> Int { breaker.takeChangeInCallsOut() }

  func refusedElsewhere(_ count: UInt64) { breaker.refusedElsewhere(count) }

  // MARK: Admin

  @discardableResult func force(_ mode: ForcedMode, for span: Timespan? = nil) -> Move? {
    breaker.force(mode, until: span.map { now + $0 } ?? .never, at: moment()).map { used($0) }
  }

  @discardableResult func release() -> Move? { breaker.release(at: moment()).map { used($0) } }

  @discardableResult func reset() -> Move { used(breaker.reset(at: moment())) }

  @discardableResult func adopt(_ policy: Policy) -> Move? { breaker.adopt(policy, at: moment()).map { used($0) } }

  private func moment() -> Moment {
    Moment(now: now, nextGeneration: nextGeneration, chance: chance, hasProber: hasProber, room: room)
  }

  private func used(_ transition: Transition) -> Move {
    nextGeneration = transition.generation + 1
    return Move(transition)
  }
}

extension Caller {
  static let someone = Caller(connection: 1, uid: 1_000, pid: 4_711)
  static let bound = Caller(connection: 2, uid: 1_000, pid: 4_712, isBound: true)
  /// Another connection of the same user.
  static let colleague = Caller(connection: 3, uid: 1_000, pid: 4_713)
  static let prober = Caller(connection: 5, uid: 1_000, pid: 4_715, isBound: true, isProber: true)
  /// Another user.
  static let stranger = Caller(connection: 4, uid: 1_001, pid: 4_714)
}

extension Policy.Open {
  /// Five seconds each time, without chance.
  static let steady = Policy.Open(backoff: 1, jitter: Rate(basisPoints: 0))
}

extension Policy.Trip {
  /// The first failure opens.
  static let atOnce = Policy.Trip(consecutiveFailures: 1)
}

extension Timespan {
  static let tick = Timespan(microseconds: 1)

  static func microseconds(_ count: Int64) -> Timespan { Timespan(microseconds: count) }
}

extension Rate {
  static func percent(_ share: Int) -> Rate { Rate(basisPoints: share * 100) }
}

extension Reply {
  /// Where it moved the breaker; nil: nowhere.
  var target: State? { if case .moved(let move) = self { move.to } else { nil } }
  /// Why it moved the breaker, or would have.
  var cause: Cause? {
    switch self {
    case .moved(let move): move.cause
    case .wouldTrip(let causes): causes.first
    case .nothing, .decision, .counted, .totalsOnly, .stale, .returned: nil
    }
  }
}

func - (left: Timespan, right: Timespan) -> Timespan {
  Timespan(microseconds: left.microseconds - right.microseconds)
}
