import BreakerCore
import Testing

@Suite struct ObserveTests {
  private func observed(_ trip: Policy.Trip) -> Subject {
    let subject = Subject(trip)
    subject.force(.observe)
    return subject
  }

  @Test func tellsOnceWhileARuleHolds() {
    let subject = observed(Policy.Trip(consecutiveFailures: 2))
    #expect(subject.report(.fail) == .counted)
    #expect(subject.report(.fail) == .wouldTrip([.consecutiveFailures(run: 2, threshold: 2)]))
    #expect(subject.report(.fail) == .counted)
    #expect(subject.isAllowed())
    #expect(subject.breaker.run == 3, "it clears nothing")
  }

  @Test func rulesThatComeToHoldTogetherAreAllTold() {
    let subject = observed(Policy.Trip(consecutiveFailures: 1, failures: 1))
    #expect(
      subject.report(.fail)
        == .wouldTrip([.consecutiveFailures(run: 1, threshold: 1), .failures(count: 1, threshold: 1)]))
    #expect(subject.report(.fail) == .counted)
  }

  @Test func tellsAgainOnceItHasCeasedToHold() {
    let subject = observed(Policy.Trip(consecutiveFailures: 2))
    for _ in 0..<3 {
      #expect(subject.report(.fail) == .counted)
      #expect(subject.report(.fail).cause == .consecutiveFailures(run: 2, threshold: 2))
      #expect(subject.report(.ok) == .counted)
    }
  }

  @Test func itMayCeaseToHoldByTimeAlone() {
    let subject = observed(Policy.Trip(failures: 1, window: .time(bucket: .seconds(1), buckets: 10)))
    #expect(subject.report(.fail).cause == .failures(count: 1, threshold: 1))
    subject.pass(.seconds(9))
    #expect(subject.report(.fail) == .counted)
    subject.pass(.seconds(10))
    #expect(subject.report(.fail).cause == .failures(count: 1, threshold: 1))
  }

  @Test func itMayCeaseToHoldByASuccessAndHoldAgainByTime() {
    let subject = observed(
      Policy.Trip(failureRate: .percent(50), minimumCalls: 1, window: .time(bucket: .seconds(1), buckets: 2)))
    subject.report(.ok)
    subject.pass(.seconds(1))
    #expect(subject.report(.fail).cause == .failureRate(failures: 1, total: 2, threshold: .percent(50)))
    subject.report(.ok)
    subject.pass(.seconds(1))
    #expect(subject.report(.fail).cause == .failureRate(failures: 2, total: 3, threshold: .percent(50)))
  }

  @Test func lookingAtItChangesNothing() {
    let subject = observed(
      Policy.Trip(failures: 1, window: .time(bucket: .seconds(1), buckets: 1)))
    #expect(subject.report(.fail).cause != nil)
    subject.pass(.seconds(1))
    #expect(subject.window == .zero)
    #expect(subject.breaker.run == 0)
    #expect(subject.report(.fail).cause == .failures(count: 1, threshold: 1))
  }

  @Test func tellsOfEachRuleByItself() {
    let subject = observed(Policy.Trip(consecutiveFailures: 3, failures: 2, window: .calls(100)))
    #expect(subject.report(.fail) == .counted)
    #expect(subject.report(.fail).cause == .failures(count: 2, threshold: 2))
    #expect(subject.report(.fail).cause == .consecutiveFailures(run: 3, threshold: 3))
    subject.report(.ok)
    subject.fail(2)
    #expect(subject.report(.fail).cause == .consecutiveFailures(run: 3, threshold: 3))
  }

  @Test func aPlainSuccessTellsNothing() {
    let subject = observed(Policy.Trip(failureRate: .percent(50), minimumCalls: 2))
    #expect(subject.report(.fail) == .counted)
    #expect(subject.report(.ok) == .counted, "it holds now, but no failure has found it so")
    #expect(subject.report(.fail).cause == .failureRate(failures: 2, total: 3, threshold: .percent(50)))
  }

  @Test func recordsAsClosedDoes() {
    let subject = observed(
      Policy.Trip(failures: 1_000, slowCall: .milliseconds(10), window: .time(bucket: .seconds(1), buckets: 10)))
    subject.report(.fail, subject.token(), ms: 10)
    subject.report(.ok, n: 5, age: .seconds(3))
    subject.report(.ok, age: .seconds(60))
    #expect(subject.window.total == 6)
    #expect(subject.window.failures == 1)
    #expect(subject.window.slow == 1)
    #expect(subject.totals.ok == 6)
  }

  @Test func beginningAnewItTellsAnew() {
    let subject = observed(.atOnce)
    #expect(subject.report(.fail).cause != nil)
    subject.release()
    subject.force(.observe)
    #expect(subject.report(.fail).cause != nil)
  }
}
