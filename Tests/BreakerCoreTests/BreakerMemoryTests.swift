import BreakerCore
import Testing

@Suite struct BreakerMemoryTests {
  private let caller = Caller(connection: 1)

  private func moment(_ milliseconds: Int64, _ generation: UInt64) -> Moment {
    Moment(now: Instant.zero + .milliseconds(milliseconds), nextGeneration: generation, chance: 0.5)
  }

  private func policy(_ window: Policy.WindowShape = .generation) -> Policy {
    Policy(
      trip: Policy.Trip(consecutiveFailures: 3, failures: 5, window: window),
      open: Policy.Open(jitter: Rate(basisPoints: 0)))
  }

  @Test(arguments: [Policy.WindowShape.generation, .time(bucket: .milliseconds(100), buckets: 10), .calls(20)])
  func aClosedBreakerGoesOnCounting(window: Policy.WindowShape) {
    let policy = policy(window)
    var before = Breaker(following: policy, at: moment(0, 1))
    for time in [10, 150, 250] as [Int64] {
      _ = before.report(Report(.fail, caller: caller), at: moment(time, 2))
      _ = before.report(Report(.ok, caller: caller), at: moment(time + 1, 2))
    }
    _ = before.report(Report(.fail, caller: caller), at: moment(300, 2))
    let counted = before.windowCounts(at: moment(300, 2).now)

    var after = Breaker(following: policy, remembering: before.memory, at: moment(320, 2))
    #expect(after.windowCounts(at: moment(320, 2).now) == counted)
    #expect(after.run == 1)
    #expect(after.generation == 1)
    #expect(after.totals == before.totals)
    #expect(after.memory == before.memory)
    let receipt = after.report(Report(.fail, caller: caller), at: moment(330, 2))
    guard case .moved(let transition) = receipt else {
      Issue.record("five failures in the window did not open it: \(receipt)")
      return
    }
    #expect(transition.to == .open)
  }

  @Test func anOpenBreakerKeepsItsTimeAndItsOpenings() {
    let policy = policy()
    var before = Breaker(following: policy, at: moment(0, 1))
    for _ in 0..<3 { _ = before.report(Report(.fail, caller: caller), at: moment(0, 2)) }
    let memory = before.memory.shifted(by: .seconds(1_000)).shifted(by: Timespan(microseconds: -999_000_000))

    var after = Breaker(following: policy, remembering: memory, at: moment(1_500, 3))
    #expect(after.state == .open)
    #expect(after.generation == 2)
    #expect(after.retryAfter(at: moment(1_500, 3)) == .milliseconds(4_500))
    let transition = after.advance(to: moment(9_000, 3))
    #expect(transition?.to == .halfOpen)
    #expect(transition?.at == moment(6_000, 3).now)
    _ = after.allow(caller, at: moment(9_000, 4))
    _ = after.report(Report(.fail, caller: caller), at: moment(9_000, 4))
    #expect(after.openingsInARow(at: moment(9_000, 5).now) == 2)
    #expect(after.retryAfter(at: moment(9_000, 5)) == .seconds(10))
  }

  @Test func aHalfOpenBreakerComesBackWithoutPermits() {
    let policy = policy()
    var before = Breaker(following: policy, at: moment(0, 1))
    _ = before.force(.open, until: .never, at: moment(0, 2))
    _ = before.release(at: moment(0, 3))
    guard case .allow(.halfOpen, let token, _) = before.allow(caller, at: moment(1, 4)) else {
      Issue.record("no permit")
      return
    }
    var after = Breaker(following: policy, remembering: before.memory, at: moment(2, 4))
    #expect(after.state == .halfOpen)
    #expect(after.generation == 4)
    #expect(after.permitsOut == 0)
    #expect(after.report(Report(.ok, token: token, caller: caller), at: moment(3, 5)) == .stale)
    guard case .allow(.halfOpen, _, _) = after.allow(caller, at: moment(3, 5)) else {
      Issue.record("stuck")
      return
    }
  }

  @Test func timesInTheFutureAreTakenForNow() {
    let policy = policy(.time(bucket: .milliseconds(100), buckets: 10))
    var before = Breaker(following: policy, at: moment(90_000, 1))
    _ = before.report(Report(.fail, caller: caller), at: moment(90_000, 2))
    var after = Breaker(following: policy, remembering: before.memory, at: moment(50, 2))
    #expect(after.windowCounts(at: moment(50, 2).now).failures == 1)
    _ = after.report(Report(.ok, caller: caller), at: moment(60, 2))
    #expect(after.run == 0)
  }
}
