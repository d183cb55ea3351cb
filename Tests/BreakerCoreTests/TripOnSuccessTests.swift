import BreakerCore
import Testing

/// With `trip_on_success` a plain success opens too, if a rule holds after it was counted.
@Suite struct TripOnSuccessTests {
  private func subject(_ trip: Policy.Trip) -> Subject {
    var trip = trip
    trip.onSuccess = true
    return Subject(trip)
  }

  @Test func theSuccessThatBringsTheMinimumOpens() {
    let trip = Policy.Trip(failureRate: .percent(50), minimumCalls: 4)
    for (subject, expected) in [(Subject(trip), State.closed), (subject(trip), .open)] {
      subject.fail(2)
      subject.succeed()
      #expect(subject.state == .closed)
      subject.succeed()
      #expect(subject.state == expected)
    }
  }

  @Test func aBatchIsJudgedWhole() {
    let subject = subject(Policy.Trip(failureRate: .percent(50), minimumCalls: 4))
    subject.fail(2)
    #expect(subject.report(.ok, n: 3) == .counted)
  }

  @Test func slowCallsOfBeforeCount() {
    let subject = subject(Policy.Trip(slowRate: .percent(50), slowCall: .seconds(1), minimumCalls: 2))
    subject.report(.ok, ms: 1_000)
    #expect(subject.report(.ok, ms: 1).cause == .slowRate(slow: 1, total: 2, threshold: .percent(50)))
  }

  @Test func aWindowThatOnlyGrowsOlderIsJudgedAtTheNextSuccess() {
    let subject = subject(
      Policy.Trip(
        failureRate: .percent(50), minimumCalls: 2, window: .time(bucket: .seconds(1), buckets: 10)))
    subject.succeed(5)
    subject.pass(.seconds(5))
    subject.fail(3)
    subject.pass(.seconds(5))
    #expect(subject.state == .closed)
    #expect(subject.report(.ok).target == .open)
  }

  @Test func anIgnoreNeverOpens() {
    let subject = subject(Policy.Trip(failureRate: .percent(50), minimumCalls: 2, window: .calls(4)))
    subject.fail()
    subject.report(.ignore)
    #expect(subject.state == .closed)
  }

  @Test func underObserveItIsTold() {
    let subject = subject(Policy.Trip(failureRate: .percent(50), minimumCalls: 2))
    subject.force(.observe)
    subject.fail()
    #expect(subject.report(.ok).cause == .failureRate(failures: 1, total: 2, threshold: .percent(50)))
    #expect(subject.report(.fail) == .counted)
  }
}
