import BreakerCore
import Testing

@Suite struct TripRuleTests {
  @Test(arguments: [1, 2, 5]) func consecutiveFailuresOpenAtTheThreshold(threshold: Int) {
    let subject = Subject(Policy.Trip(consecutiveFailures: threshold))
    subject.fail(threshold - 1)
    #expect(subject.state == .closed)
    let reply = subject.report(.fail)
    #expect(reply.target == .open)
    #expect(reply.cause == .consecutiveFailures(run: threshold, threshold: threshold))
  }

  @Test func aSuccessEndsTheRunAndAnIgnoreDoesNot() {
    let subject = Subject(Policy.Trip(consecutiveFailures: 3))
    subject.fail(2)
    subject.report(.ignore)
    #expect(subject.breaker.run == 2)
    subject.report(.ok)
    #expect(subject.breaker.run == 0)
    subject.fail(2)
    #expect(subject.state == .closed)
    subject.fail()
    #expect(subject.state == .open)
  }

  @Test func failuresOpenWhateverSuccessesLieBetween() {
    let subject = Subject(Policy.Trip(failures: 3, window: .calls(100)))
    for _ in 0..<2 {
      subject.fail()
      subject.succeed(5)
    }
    #expect(subject.state == .closed)
    #expect(subject.report(.fail).cause == .failures(count: 3, threshold: 3))
  }

  /// Failures among calls, the rate that opens, and whether they do. The last call is a failure.
  @Test(arguments: [
    (1, 2, 5_000, true), (1, 2, 5_001, false), (1, 3, 3_333, true), (1, 3, 3_334, false), (2, 3, 6_666, true),
    (2, 3, 6_667, false), (1, 10_000, 1, true), (1, 10_001, 1, false), (5, 5, 10_000, true), (4, 5, 10_000, false),
    (1, 5, 0, true),
  ])
  func failureRateOpensAtTheThreshold(failures: Int, calls: Int, rate: Int, opens: Bool) {
    let threshold = Rate(basisPoints: rate)
    let subject = Subject(Policy.Trip(failureRate: threshold, minimumCalls: calls))
    if calls > failures { subject.report(.ok, n: calls - failures) }
    subject.fail(failures)
    #expect((subject.state == .open) == opens)
  }

  @Test func ratesSayNothingBelowMinimumCalls() {
    let subject = Subject(Policy.Trip(failureRate: .percent(10), minimumCalls: 20))
    subject.fail(19)
    #expect(subject.state == .closed)
    #expect(subject.report(.fail).cause == .failureRate(failures: 20, total: 20, threshold: .percent(10)))
  }

  @Test func minimumCallsDefaultsToTwenty() { #expect(Policy.Trip().minimumCalls == 20) }

  @Test func aSuccessThatReachesMinimumCallsDoesNotOpen() {
    let subject = Subject(Policy.Trip(failureRate: .percent(50), minimumCalls: 4))
    subject.fail(3)
    subject.report(.ok)
    #expect(subject.state == .closed)
    #expect(subject.report(.fail).cause == .failureRate(failures: 4, total: 5, threshold: .percent(50)))
  }

  @Test func slowIsAtTheLimitAndOver() {
    let subject = Subject(Policy.Trip(slowRate: .percent(100), slowCall: .milliseconds(100), minimumCalls: 1))
    subject.report(.ok, ms: 99)
    #expect(subject.totals[.slow] == 0)
    subject.reset()
    let reply = subject.report(.ok, ms: 100)
    #expect(reply.cause == .slowRate(slow: 1, total: 1, threshold: .percent(100)))
    #expect(subject.totals[.slow] == 1)
  }

  @Test func slowRateCountsSlowFailuresAndNeedsMinimumCalls() {
    let subject = Subject(Policy.Trip(slowRate: .percent(50), slowCall: .milliseconds(100), minimumCalls: 4))
    subject.report(.fail, ms: 100)
    subject.report(.ok)
    subject.report(.ok, ms: 5)
    #expect(subject.state == .closed)
    let reply = subject.report(.ok, ms: 500)
    #expect(reply.cause == .slowRate(slow: 2, total: 4, threshold: .percent(50)))
  }

  @Test func aSlowSuccessLetsAnyRuleOpen() {
    let subject = Subject(
      Policy.Trip(failureRate: .percent(50), slowCall: .milliseconds(100), minimumCalls: 2))
    subject.fail()
    #expect(subject.report(.ok, ms: 100).cause == .failureRate(failures: 1, total: 2, threshold: .percent(50)))
  }

  @Test func aSlowSuccessEndsTheRun() {
    let subject = Subject(Policy.Trip(consecutiveFailures: 2, slowCall: .milliseconds(100)))
    subject.fail()
    subject.report(.ok, ms: 100)
    #expect(subject.breaker.run == 0)
  }

  @Test func ofSeveralRulesTheFirstIsNamed() {
    var trip = Policy.Trip(
      consecutiveFailures: 1, failures: 1, failureRate: .percent(1), slowRate: .percent(1),
      slowCall: .milliseconds(1), minimumCalls: 1)
    let run = Cause.consecutiveFailures(run: 1, threshold: 1)
    #expect(Subject(trip).report(.fail, ms: 1).cause == run)
    trip.consecutiveFailures = nil
    #expect(Subject(trip).report(.fail, ms: 1).cause == .failures(count: 1, threshold: 1))
    trip.failures = nil
    #expect(
      Subject(trip).report(.fail, ms: 1).cause == .failureRate(failures: 1, total: 1, threshold: .percent(1)))
    trip.failureRate = nil
    #expect(Subject(trip).report(.fail, ms: 1).cause == .slowRate(slow: 1, total: 1, threshold: .percent(1)))
  }

  @Test func withoutWindowAllOfTheGenerationCounts() {
    let subject = Subject(Policy.Trip(failures: 2, window: .generation))
    subject.fail()
    subject.pass(.seconds(86_400 * 365))
    subject.report(.ok, n: 1_000_000)
    #expect(subject.window.total == 1_000_001)
    #expect(subject.report(.fail).target == .open)
    subject.reset()
    #expect(subject.window == .zero)
    subject.fail()
    #expect(subject.state == .closed)
  }
}
