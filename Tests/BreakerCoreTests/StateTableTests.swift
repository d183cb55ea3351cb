import BreakerCore
import Testing

/// Every state and every event: where it leads, what is answered, and whether a new generation begins.
@Suite struct StateTableTests {
  /// What is expected of one event in one state. Moving, and nothing else, begins a new generation.
  enum Expected {
    case moves(State)
    case allowed(Decision.Allowance)
    case denied(Decision.Refusal)
    case stays(Reply)
  }

  enum WithToken: CaseIterable { case current, stale, none }

  enum Event {
    case allow
    case report(Outcome, WithToken)
    case loseBound, loseUnbound
    case deadline
    case force(ForcedMode)
    case release, reset, adopt
  }

  struct Row: CustomTestStringConvertible {
    let event: Event
    let expected: [Expected]
    var testDescription: String { "\(event)" }

    /// Expected of a closed, an open, a half-open, a forced-open, a forced-closed, and an observed breaker.
    init(
      _ event: Event, _ closed: Expected, _ open: Expected, _ halfOpen: Expected, _ forcedOpen: Expected,
      _ forcedClosed: Expected, _ observe: Expected
    ) {
      self.event = event
      self.expected = [closed, open, halfOpen, forcedOpen, forcedClosed, observe]
    }

    /// Expected of any.
    init(_ event: Event, _ all: Expected) { self.init(event, all, all, all, all, all, all) }
  }

  private static let counted = Expected.stays(.counted)
  private static let totals = Expected.stays(.totalsOnly)
  private static let stale = Expected.stays(.stale)
  private static let nothing = Expected.stays(.nothing)
  private static let none = Expected.stays(.returned(0))
  private static let wouldTrip = Expected.stays(.wouldTrip([.consecutiveFailures(run: 1, threshold: 1)]))

  /// One failure opens, one probe decides and is out, forces have an end.
  static let table = [
    Row(
      .allow, .allowed(.closed), .denied(.open), .denied(.halfOpen), .denied(.forcedOpen), .allowed(.forcedClosed),
      .allowed(.observe)),
    Row(.report(.ok, .current), counted, stale, .moves(.closed), totals, totals, counted),
    Row(.report(.fail, .current), .moves(.open), stale, .moves(.open), totals, totals, wouldTrip),
    Row(.report(.ignore, .current), counted, stale, counted, totals, totals, counted),
    Row(.report(.ok, .none), counted, stale, .moves(.closed), totals, totals, counted),
    Row(.report(.fail, .none), .moves(.open), stale, .moves(.open), totals, totals, wouldTrip),
    Row(.report(.ignore, .none), counted, stale, counted, totals, totals, counted),
    Row(.report(.ok, .stale), stale),
    Row(.report(.fail, .stale), stale),
    Row(.report(.ignore, .stale), stale),
    Row(.loseBound, none, none, .stays(.returned(1)), none, none, none),
    Row(.loseUnbound, none),
    Row(
      .deadline, nothing, .moves(.halfOpen), .moves(.open), .moves(.halfOpen), .moves(.closed), .moves(.closed)),
    Row(
      .force(.open), .moves(.forcedOpen), .moves(.forcedOpen), .moves(.forcedOpen), nothing, .moves(.forcedOpen),
      .moves(.forcedOpen)),
    Row(
      .force(.closed), .moves(.forcedClosed), .moves(.forcedClosed), .moves(.forcedClosed), .moves(.forcedClosed),
      nothing, .moves(.forcedClosed)),
    Row(
      .force(.observe), .moves(.observe), .moves(.observe), .moves(.observe), .moves(.observe), .moves(.observe),
      nothing),
    Row(.release, nothing, nothing, nothing, .moves(.halfOpen), .moves(.closed), .moves(.closed)),
    Row(.reset, .moves(.closed)),
    Row(.adopt, nothing),
  ]

  @Test(arguments: table, State.allCases) func event(_ row: Row, in state: State) {
    let caller: Caller = if case .loseBound = row.event { .bound } else { .someone }
    let subject = Subject(.atOnce)
    let old = subject.token()
    subject.reset()
    bring(subject, to: state, for: caller)
    let generation = subject.generation
    let current = subject.token(permit: state == .halfOpen ? 1 : 0)

    let reply = happen(row.event, to: subject, caller, old: old, current: current)
    switch row.expected[Int(state.rawValue)] {
    case .moves(let next):
      #expect(reply.target == next)
      #expect(subject.state == next)
      #expect(subject.generation > generation)
      #expect(subject.breaker.permitsOut == 0)
    case .allowed(let allowance):
      #expect(reply == .decision(.allow(allowance, current, lease: nil)))
      expectUnmoved(subject, state, generation)
    case .denied(let refusal):
      #expect(reply == .decision(.deny(refusal, retryAfter: subject.breaker.nextDeadline - subject.now)))
      expectUnmoved(subject, state, generation)
    case .stays(let expected):
      #expect(reply == expected)
      expectUnmoved(subject, state, generation)
    }
  }

  private func expectUnmoved(_ subject: Subject, _ state: State, _ generation: UInt64) {
    #expect(subject.state == state)
    #expect(subject.generation == generation)
  }

  private func bring(_ subject: Subject, to state: State, for caller: Caller) {
    switch state {
    case .closed: break
    case .open: subject.fail()
    case .halfOpen:
      subject.fail()
      subject.pass(.seconds(5))
      #expect(subject.isAllowed(caller))
    case .forcedOpen: subject.force(.open, for: .seconds(60))
    case .forcedClosed: subject.force(.closed, for: .seconds(60))
    case .observe: subject.force(.observe, for: .seconds(60))
    }
    #expect(subject.state == state)
  }

  private func happen(_ event: Event, to subject: Subject, _ caller: Caller, old: Token, current: Token) -> Reply {
    switch event {
    case .allow: .decision(subject.allow(caller))
    case .report(let outcome, .current): subject.report(outcome, current, by: caller)
    case .report(let outcome, .stale): subject.report(outcome, old, by: caller)
    case .report(let outcome, .none): subject.report(outcome, nil, by: caller)
    case .loseBound, .loseUnbound: .returned(subject.lose(caller))
    case .deadline:
      Reply(subject.pass(subject.breaker.nextDeadline == .never ? .seconds(86_400) : subject.timeToDeadline).first)
    case .force(let mode): Reply(subject.force(mode, for: .seconds(90)))
    case .release: Reply(subject.release())
    case .reset: .moved(subject.reset())
    case .adopt: Reply(subject.adopt(Policy()))
    }
  }
}

extension Subject {
  fileprivate var timeToDeadline: Timespan { breaker.nextDeadline - now }
}
