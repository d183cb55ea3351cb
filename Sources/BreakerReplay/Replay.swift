public import BreakerCore

/// A breaker that lives through a trace: the very state machine of the daemon, with the trace's clock.
///
/// Its openings have no jitter. Deadlines happen at their own time, before the step at whose time or before they lie.
public struct Replay: ~Copyable {
  /// The moves since the step before the last one: those that time brought, then that of the step itself.
  public private(set) var moves: [Transition] = []
  /// The rules that came to hold in the last step, under ``State/observe``.
  public private(set) var wouldTrip: [(at: Instant, cause: Cause)] = []
  /// Those of the shadow's rules, since the step before the last one.
  public private(set) var shadowWouldTrip: [(at: Instant, cause: Cause)] = []

  private var breaker: Breaker
  private var now = Instant.zero
  private var nextGeneration: UInt64 = 2
  private var calls = CallTable()
  /// What the next call gets that brings no draw of its own.
  private var nextDraw = 0.5

  /// A closed breaker in its first generation.
  public init(following policy: Policy) {
    breaker = Breaker(following: policy, at: Moment(now: .zero, nextGeneration: 1, chance: Self.noJitter))
  }

  /// Lets time pass to the step, then does what it says.
  ///
  /// - Parameter step: One no earlier than those before.
  /// - Throws: ``StepError`` when more calls are under way than there is room for.
  public mutating func perform(_ step: Step) throws(StepError) -> StepResult {
    if !moves.isEmpty { moves.removeAll(keepingCapacity: true) }
    if !wouldTrip.isEmpty { wouldTrip.removeAll(keepingCapacity: true) }
    if !shadowWouldTrip.isEmpty { shadowWouldTrip.removeAll(keepingCapacity: true) }
    now = max(now, step.time)
    while let transition = breaker.advance(to: moment) {
      takeNews()
      moved(transition)
    }
    takeNews()
    let caller = Caller(connection: step.connection.hash, isBound: true)
    var decision: Decision?
    var account = StepResult.Account.nothing
    switch step.act {
    case .call(let ending): (decision, account) = call(ending, caller, step.chance)
    case .begin(let label): (decision, account) = try begin(label, caller, step.chance)
    case .end(let label, let ending): account = end(label, ending, caller)
    case .report(let ending):
      // It is the end of a call that is known to be under way, if its connection has one.
      let isEnd = ending.count == 1 && breaker.hasPermit(of: caller.connection)
      report(ending, nil, caller)
      account =
        isEnd ? .ended(ending.outcome, wasRefused: false) : .reported(ending.outcome, count: ending.count)
    case .peek: break
    case .drop: _ = breaker.lose(connection: caller.connection)
    case .reset: moved(breaker.reset(at: moment))
    case .force(let mode, let length):
      if let transition = breaker.force(mode, until: length.map { now + $0 } ?? .never, at: moment) {
        moved(transition)
      }
    case .release:
      if let transition = breaker.release(at: moment) { moved(transition) }
    }
    return result(decision, account)
  }

  // MARK: Calls

  private mutating func call(
    _ ending: Step.Ending, _ caller: Caller, _ chance: Double?
  ) -> (Decision?, StepResult.Account) {
    var decision: Decision?
    var one = ending
    one.count = 1
    var refused = 0
    for done in 0..<ending.count {
      let answer = breaker.allow(caller, at: draw(chance))
      decision = answer
      switch answer {
      case .allow(_, let token, _):
        report(one, token, caller)
      case .deny(.ramp, _) where chance == nil:
        refused += 1
      case .deny:
        // Nothing has changed, so the others of this moment are refused as well.
        let others = ending.count - done - 1
        refused += 1 + others
        breaker.refusedElsewhere(UInt64(others))
        return (decision, .asked(count: ending.count, refused: refused, outcome: ending.outcome))
      }
    }
    return (decision, .asked(count: ending.count, refused: refused, outcome: ending.outcome))
  }

  private mutating func begin(
    _ label: Label, _ caller: Caller, _ chance: Double?
  ) throws(StepError) -> (Decision?, StepResult.Account) {
    let decision = breaker.allow(caller, at: draw(chance))
    switch decision {
    case .allow(_, let token, _):
      try calls.begin(label, .allowed(token), generation: breaker.generation)
      return (decision, .asked(count: 1, refused: 0, outcome: nil))
    case .deny:
      try calls.begin(label, .refused, generation: breaker.generation)
      return (decision, .asked(count: 1, refused: 1, outcome: nil))
    }
  }

  private mutating func end(_ label: Label, _ ending: Step.Ending, _ caller: Caller) -> StepResult.Account {
    guard let call = calls.end(label) else { return .nothing }
    switch call.answer {
    case .allowed(let token):
      report(ending, token, caller)
      return call.isFirst ? .ended(ending.outcome, wasRefused: false) : .nothing
    case .refused:
      return call.isFirst ? .ended(ending.outcome, wasRefused: true) : .nothing
    }
  }

  /// Several successes are one report, as on the wire; failures come one by one. A permit is of one call, and a report of
  /// several without a token takes none.
  private mutating func report(_ ending: Step.Ending, _ token: Token?, _ caller: Caller) {
    let calls = token?.permit ?? 0 == 0 ? ending.count : 1
    let (reports, count) = ending.outcome == .ok ? (1, calls) : (calls, 1)
    for _ in 0..<reports {
      let token = token ?? (calls > 1 ? Token(generation: breaker.generation) : nil)
      let report = Report(
        ending.outcome, token: token, duration: ending.duration, count: count, age: ending.age, caller: caller)
      switch breaker.report(report, at: moment) {
      case .counted, .totalsOnly, .stale: break
      case .moved(let transition): moved(transition)
      case .wouldTrip(let causes): wouldTrip += causes.map { (now, $0) }
      }
      takeNews()
    }
  }

  // MARK: Time and moves

  /// The draw of chance that lets an opening last as long as the policy says, no longer and no shorter.
  private static let noJitter = 0.5

  private var moment: Moment { Moment(now: now, nextGeneration: nextGeneration, chance: Self.noJitter) }

  /// The moment of a call that may be drawn out of a ramp.
  ///
  /// Calls without a draw of their own get the multiples of the golden ratio, which are spread evenly however few they are,
  /// and are the same in each run.
  private mutating func draw(_ chance: Double?) -> Moment {
    var moment = moment
    if let chance {
      moment.chance = chance
    } else if breaker.isRamping {
      moment.chance = nextDraw
      nextDraw += 0.618033988749895
      if nextDraw >= 1 { nextDraw -= 1 }
    }
    return moment
  }

  private mutating func takeNews() {
    for news in breaker.takeNews() {
      switch news {
      case .shadowWouldTrip(let cause, let time): shadowWouldTrip.append((time, cause))
      case .overdue: break
      }
    }
  }

  private mutating func moved(_ transition: Transition) {
    nextGeneration += 1
    moves.append(transition)
  }

  // MARK: Results

  private mutating func result(_ decision: Decision?, _ account: StepResult.Account) -> StepResult {
    let state = breaker.state
    // As the daemon answers: a half-open breaker tells those it refuses, and nobody else.
    var retryAfter = state == .halfOpen ? nil : breaker.retryAfter(at: moment)
    let answer: StepResult.Answer
    switch decision {
    case .allow: answer = .allow
    case .deny(_, let after):
      answer = .deny
      retryAfter = after
    case nil: answer = .none
    }
    return StepResult(
      time: now, answer: answer, state: state, retryAfter: retryAfter, generation: breaker.generation,
      window: breaker.windowCounts(at: now), account: account)
  }
}
