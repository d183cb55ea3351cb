import BreakerCore
import Testing

@Suite struct MaxWaitTests {
  private func halfOpen(_ halfOpen: Policy.HalfOpen) -> Subject {
    let subject = Subject(.atOnce, .steady, halfOpen)
    subject.fail()
    subject.pass(.seconds(5))
    return subject
  }

  @Test func reopensAfterTheFirstPermitOfTheEpisode() {
    let subject = halfOpen(Policy.HalfOpen(verdict: .successes(2), maxWait: .seconds(10)))
    #expect(subject.pass(.seconds(3_600)).isEmpty, "nobody has asked yet")
    #expect(subject.isAllowed())
    subject.pass(.seconds(4))
    subject.report(.ok)
    #expect(subject.pass(.microseconds(5_999_999)).isEmpty)
    #expect(subject.pass(.tick).map { $0.cause } == [.maxWait])
    #expect(subject.state == .open)
    #expect(subject.openings == 2)
  }

  @Test func aPermitGivenBackDoesNotStopIt() {
    let subject = halfOpen(Policy.HalfOpen(maxWait: .seconds(10)))
    #expect(subject.isAllowed())
    subject.report(.ignore)
    subject.pass(.seconds(9))
    #expect(subject.isAllowed())
    #expect(subject.allow() == .deny(.halfOpen, retryAfter: .seconds(1)))
    #expect(subject.pass(.seconds(1)).map { $0.cause } == [.maxWait])
  }

  @Test func eachEpisodeWaitsAnew() {
    let subject = halfOpen(Policy.HalfOpen(maxWait: .seconds(10)))
    #expect(subject.isAllowed())
    subject.pass(.seconds(9))
    subject.report(.fail)
    subject.pass(.seconds(5))
    #expect(subject.breaker.nextDeadline == .never)
    #expect(subject.isAllowed())
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(10))
  }

  @Test func aLeaseThatEndsAtTheSameTimeComesFirst() {
    let subject = halfOpen(Policy.HalfOpen(lease: .seconds(10), maxWait: .seconds(10)))
    #expect(subject.isAllowed())
    #expect(subject.pass(.seconds(10)).map { $0.cause } == [.leaseLapsed(.someone)])
  }

  @Test func aLeaseThatDecidesNothingIsStillCountedBeforeIt() {
    let subject = halfOpen(
      Policy.HalfOpen(verdict: .calls(5, failureRate: .percent(100)), lease: .seconds(10), maxWait: .seconds(10)))
    #expect(subject.isAllowed())
    #expect(subject.pass(.seconds(10)).map { $0.cause } == [.maxWait])
    #expect(subject.totals[.lapsed] == 1)
  }

  @Test func eachDeadlineHappensAtItsOwnTime() {
    let subject = Subject(
      .atOnce, Policy.Open(duration: .seconds(5), backoff: 1, jitter: .percent(0)), Policy.HalfOpen(lease: .seconds(7)))
    subject.fail()
    let start = subject.now
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
    let moves = subject.pass(.seconds(86_400))
    #expect(moves.map { $0.to } == [.open, .halfOpen])
    #expect(moves.map { $0.at } == [start + .seconds(12), start + .seconds(17)])
  }
}
