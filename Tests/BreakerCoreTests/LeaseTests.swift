import BreakerCore
import Testing

@Suite struct LeaseTests {
  private func halfOpen(_ halfOpen: Policy.HalfOpen) -> Subject {
    let subject = Subject(.atOnce, .steady, halfOpen)
    subject.fail()
    subject.pass(.seconds(5))
    return subject
  }

  @Test func lapsesAtExactlyItsEnd() {
    let subject = halfOpen(Policy.HalfOpen(lease: .seconds(30)))
    #expect(subject.isAllowed(.bound))
    #expect(subject.pass(.microseconds(29_999_999)).isEmpty)
    #expect(subject.allow() == .deny(.halfOpen, retryAfter: .tick))
    let moves = subject.pass(.tick)
    #expect(moves.map { $0.cause } == [.leaseLapsed(.bound)])
    #expect(moves.first?.to == .open)
    #expect(subject.retryAfter == .seconds(5))
  }

  @Test func aReportJustBeforeItsEndCounts() {
    let subject = halfOpen(Policy.HalfOpen(lease: .seconds(30)))
    #expect(subject.isAllowed())
    subject.pass(.microseconds(29_999_999))
    #expect(subject.report(.ok, subject.token(permit: 1)).target == .closed)
  }

  @Test func countsAsALapseAndNotAsAFailedCall() {
    let subject = halfOpen(Policy.HalfOpen(verdict: .calls(2, failureRate: .percent(100))))
    #expect(subject.isAllowed())
    subject.pass(.seconds(30))
    #expect(subject.window.failures == 1)
    #expect(subject.totals[.lapsed] == 1)
    #expect(subject.totals.failed == 1, "the one that opened it")
    #expect(subject.report(.ok, subject.token(permit: 1)) == .stale)
    #expect(subject.state == .halfOpen)
  }

  /// What the caller asks for, and what it gets of 30 s usually and 60 s at most.
  @Test(arguments: [(nil, 30), (10, 10), (60, 60), (61, 60), (1_000_000, 60)] as [(Int64?, Int64)])
  func aCallerMayAskForAnother(asked: Int64?, granted: Int64) {
    let subject = halfOpen(Policy.HalfOpen(lease: .seconds(30), maxLease: .seconds(60)))
    let decision = subject.allow(lease: asked.map { .seconds($0) })
    #expect(decision == .allow(.halfOpen, subject.token(permit: 1), lease: .seconds(granted)))
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(granted))
  }

  @Test func theLongestLeaseThatCanBeSaidDoesNotTrap() {
    let subject = halfOpen(Policy.HalfOpen(maxLease: .microseconds(.max), maxWait: .microseconds(.max)))
    #expect(subject.isAllowed())
    #expect(!subject.isAllowed())
    subject.reset()
    #expect(subject.isAllowed())
  }

  @Test func lapsesInARowAreCountedUntilAProbeReports() {
    let subject = halfOpen(Policy.HalfOpen(lease: .seconds(1)))
    for lapses in 1...4 {
      #expect(subject.isAllowed())
      subject.pass(.seconds(1))
      #expect(subject.breaker.lapses == lapses)
      subject.pass(.seconds(5))
    }
    #expect(subject.isAllowed())
    subject.report(.ignore)
    #expect(subject.breaker.lapses == 4)
    #expect(subject.isAllowed())
    subject.report(.fail)
    #expect(subject.breaker.lapses == 0)
  }

  @Test func leasesEndInTheOrderOfTimeNotOfIssue() {
    let subject = halfOpen(Policy.HalfOpen(probes: 3, verdict: .calls(3, failureRate: .percent(100))))
    for seconds: Int64 in [20, 5, 10] { #expect(subject.isAllowed(lease: .seconds(seconds))) }
    for (seconds, left) in [(5, 2), (5, 1)] as [(Int64, Int)] {
      #expect(subject.pass(.seconds(seconds)).isEmpty)
      #expect(subject.breaker.permitsOut == left)
    }
    #expect(subject.report(.ok, subject.token(permit: 2)) == .stale)
    #expect(subject.report(.ok, subject.token(permit: 3)) == .stale)
    #expect(subject.report(.ok, subject.token(permit: 1)).target == .closed)
  }

  @Test func ofLeasesThatEndTogetherTheLowestNumberIsNamed() {
    let subject = halfOpen(Policy.HalfOpen(probes: 3, verdict: .successes(3)))
    #expect(subject.isAllowed(.stranger, lease: .seconds(9)))
    #expect(subject.isAllowed(.bound, lease: .seconds(4)))
    #expect(subject.isAllowed(.colleague, lease: .seconds(4)))
    #expect(subject.pass(.seconds(9)).map { $0.cause }.first == .leaseLapsed(.bound))
  }
}
