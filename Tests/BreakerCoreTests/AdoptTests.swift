import BreakerCore
import Testing

/// A changed policy keeps state, retry time, permits, run and totals; the window where its shape is unchanged.
@Suite struct AdoptTests {
  private static let sliding = Policy.WindowShape.time(bucket: .seconds(1), buckets: 10)
  private static let tumbling = Policy.WindowShape.time(bucket: .seconds(10), buckets: 1)

  private func halfOpen(_ halfOpen: Policy.HalfOpen) -> Subject {
    let subject = Subject(.atOnce, .steady, halfOpen)
    subject.fail()
    subject.pass(.seconds(5))
    return subject
  }

  private func policy(_ verdict: Policy.Verdict, probes: Int = 9) -> Policy {
    Policy(trip: .atOnce, open: .steady, halfOpen: Policy.HalfOpen(probes: probes, verdict: verdict))
  }

  @Test func keepsRunAndWindowOfTheSameShape() {
    let subject = Subject(Policy.Trip(failures: 9, window: Self.sliding))
    subject.fail(2)
    let totals = subject.totals
    let generation = subject.generation
    subject.adopt(Policy(trip: Policy.Trip(consecutiveFailures: 3, window: Self.sliding)))
    #expect(subject.window.failures == 2)
    #expect(subject.breaker.run == 2)
    #expect(subject.totals == totals)
    #expect(subject.generation == generation)
    #expect(subject.report(.fail).cause == .consecutiveFailures(run: 3, threshold: 3))
  }

  @Test(arguments: [.calls(10), tumbling, .generation, .time(bucket: .seconds(2), buckets: 5)] as [Policy.WindowShape])
  func emptiesAWindowOfAnotherShapeAndKeepsTheRun(shape: Policy.WindowShape) {
    let subject = Subject(Policy.Trip(failures: 9, window: Self.sliding))
    subject.fail(2)
    subject.adopt(Policy(trip: Policy.Trip(failures: 9, window: shape)))
    #expect(subject.window == .zero)
    #expect(subject.breaker.run == 2)
    subject.fail()
    #expect(subject.window.failures == 1)
  }

  @Test func aRuleThatHoldsByTheNewPolicyWaitsForAFailure() {
    let subject = Subject(Policy.Trip(consecutiveFailures: 9))
    subject.fail(5)
    #expect(subject.adopt(Policy(trip: Policy.Trip(consecutiveFailures: 2))) == nil)
    #expect(subject.report(.fail).target == .open)
  }

  @Test func aTurnThatIsDueComesFirst() {
    let subject = Subject(Policy.Trip(consecutiveFailures: 5, window: Self.tumbling))
    subject.fail(4)
    subject.pass(.seconds(10))
    subject.adopt(Policy(trip: Policy.Trip(consecutiveFailures: 5)))
    #expect(subject.breaker.run == 0)
  }

  @Test func keepsTheRetryTime() {
    let subject = Subject(.atOnce)
    subject.fail()
    subject.adopt(Policy(trip: .atOnce, open: Policy.Open(duration: .seconds(60))))
    #expect(subject.retryAfter == .seconds(5))
  }

  @Test func keepsPermitsAndTheirLeases() {
    let subject = halfOpen(Policy.HalfOpen(probes: 4, verdict: .successes(4)))
    for _ in 0..<3 { #expect(subject.isAllowed()) }
    subject.adopt(policy(.successes(4), probes: 2))
    #expect(subject.breaker.permitsOut == 3)
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(30))
    subject.report(.ok)
    #expect(!subject.isAllowed(), "two are out")
    subject.report(.ok)
    #expect(subject.isAllowed())
  }

  @Test func settledProbesDecideWhenTheyAreEnoughNow() {
    let subject = halfOpen(Policy.HalfOpen(verdict: .successes(3)))
    for _ in 0..<2 {
      #expect(subject.isAllowed())
      subject.report(.ok)
    }
    #expect(subject.adopt(policy(.successes(2)))?.to == .closed)
  }

  @Test func settledProbesOutlastAWindowOfAnotherShape() {
    let subject = halfOpen(Policy.HalfOpen(verdict: .successes(2)))
    #expect(subject.isAllowed())
    subject.report(.ok)
    subject.adopt(
      Policy(trip: Policy.Trip(failures: 1, window: .calls(5)), halfOpen: Policy.HalfOpen(verdict: .successes(2))))
    #expect(subject.isAllowed())
    #expect(subject.report(.ok).target == .closed)
  }

  @Test(arguments: [(50, .open), (51, .closed)] as [(Int, State)]) func settledCallsAreJudged(rate: Int, next: State) {
    let subject = halfOpen(Policy.HalfOpen(verdict: .calls(10, failureRate: .percent(100))))
    for outcome in [Outcome.fail, .ok, .ok, .fail] {
      #expect(subject.isAllowed())
      subject.report(outcome)
    }
    #expect(subject.adopt(policy(.calls(5, failureRate: .percent(rate)))) == nil)
    #expect(subject.adopt(policy(.calls(4, failureRate: .percent(rate))))?.to == next)
  }

  @Test func anotherKindOfVerdictBeginsToCountAnew() {
    let subject = halfOpen(Policy.HalfOpen(verdict: .calls(4, failureRate: .percent(100))))
    #expect(subject.isAllowed())
    subject.report(.fail)
    #expect(subject.adopt(policy(.successes(1))) == nil)
    #expect(subject.window == .zero)
    #expect(subject.isAllowed())
    #expect(subject.report(.ok).cause == .probesSucceeded(total: 1, failures: 0))
  }

  @Test func isNeverStuckByIt() {
    let subject = halfOpen(Policy.HalfOpen(verdict: .successes(3)))
    for verdict in [Policy.Verdict.calls(2, failureRate: .percent(50)), .successes(1), .successes(9)] {
      subject.adopt(policy(verdict))
      #expect(subject.state == .halfOpen)
      #expect(subject.isAllowed())
      subject.report(.ignore)
    }
  }
}
