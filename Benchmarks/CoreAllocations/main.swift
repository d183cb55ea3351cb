// Counts what the state machine allocates once a breaker was made. Built in one module with Sources/BreakerCore and
// linked with count-malloc.c; see run.sh.

@_silgen_name("allocations_so_far") func allocationsSoFar() -> UInt64

struct BadDays: ~Copyable {
  private var breaker: Breaker
  private var now = Instant(microseconds: 1_000_000_000)
  private var generation: UInt64 = 1
  private(set) var moves = 0
  private let caller = Caller(connection: 1, uid: 1_000, pid: 1, isBound: true)

  init(_ policy: Policy) {
    breaker = Breaker(following: policy, at: Moment(now: now, nextGeneration: 1, chance: 0.25))
  }

  /// closed -> open -> half-open -> closed, with the refusals and losses that belong to it.
  mutating func cycle() {
    while breaker.state == .closed { report(.fail, nil, .seconds(3)) }
    _ = allow()
    pass(.seconds(200))
    while breaker.state == .halfOpen {
      let lost = allow()
      _ = breaker.lose(connection: 1)
      let token = allow()
      let other = allow()
      report(.ok, lost)
      if let other { report(.ignore, other) }
      report(.ok, token)
    }
    for _ in 0..<50 {
      _ = allow()
      report(.ok, nil)
    }
    pass(.seconds(1))
  }

  private mutating func moment() -> Moment {
    generation += 1
    return Moment(now: now, nextGeneration: generation, chance: 0.25)
  }

  private mutating func pass(_ span: Timespan) {
    now = now + span
    while breaker.advance(to: moment()) != nil { moves += 1 }
  }

  private mutating func allow() -> Token? {
    if case .allow(_, let token, _) = breaker.allow(caller, at: moment()) { token } else { nil }
  }

  private mutating func report(_ outcome: Outcome, _ token: Token?, _ duration: Timespan? = nil) {
    let report = Report(outcome, token: token, duration: duration, caller: caller)
    if case .moved = breaker.report(report, at: moment()) { moves += 1 }
  }
}

func measure(_ name: String, _ policy: Policy) {
  var days = BadDays(policy)
  days.cycle()
  let before = allocationsSoFar()
  for _ in 0..<100_000 { days.cycle() }
  let allocations = allocationsSoFar() - before
  print("\(name): \(allocations) allocations in 100,000 cycles, \(days.moves) moves")
  precondition(allocations == 0, "the core must not allocate once a breaker is made")
}

let half = Rate(basisPoints: 5_000)
measure("default policy", Policy())
measure(
  "rates over a time window",
  Policy(
    trip: .init(
      failureRate: half, slowRate: half, slowCall: .seconds(2), window: .time(bucket: .seconds(6), buckets: 10))))
measure("failures among the last calls", Policy(trip: .init(failures: 10, window: .calls(100))))
measure("ten probes", Policy(halfOpen: .init(probes: 10, verdict: .calls(10, failureRate: half))))
measure(
  "a limit, overdue calls and a ramp",
  Policy(ramp: .init(duration: .seconds(1)), calls: .init(limit: 20, overdue: .seconds(10))))
measure("a shadow", Policy(shadow: .init(failureRate: half, window: .calls(100))))
print("a breaker takes \(MemoryLayout<Breaker>.stride) bytes")
