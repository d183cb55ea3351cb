import BreakerCore
import Testing

/// Every opening counts until the breaker has stayed closed for `reset_after`.
@Suite struct ResetAfterTests {
  private let open = Policy.Open(jitter: .percent(0), resetAfter: .seconds(30))

  /// A breaker that opened once and has just closed again.
  private func closedAgain(_ open: Policy.Open) -> Subject {
    let subject = Subject(.atOnce, open)
    subject.fail()
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
    subject.report(.ok)
    #expect(subject.state == .closed)
    return subject
  }

  private func nextOpening(_ subject: Subject) -> Timespan? {
    subject.fail()
    return subject.retryAfter
  }

  @Test func aTripBeforeThatIsTheNextInARow() {
    let subject = closedAgain(open)
    subject.pass(.microseconds(29_999_999))
    #expect(subject.openings == 1)
    #expect(nextOpening(subject) == .seconds(10))
    #expect(subject.openings == 2)
  }

  @Test func aTripAtThatTimeIsTheFirst() {
    let subject = closedAgain(open)
    subject.pass(.seconds(30))
    #expect(subject.openings == 0)
    #expect(nextOpening(subject) == .seconds(5))
    #expect(subject.openings == 1)
  }

  @Test func leftOutItIsTheDuration() {
    let subject = closedAgain(Policy.Open(jitter: .percent(0)))
    subject.pass(.microseconds(4_999_999))
    #expect(subject.openings == 1)
    subject.pass(.tick)
    #expect(subject.openings == 0)
  }

  @Test func zeroForgetsAtOnceButNotInHalfOpen() {
    let subject = closedAgain(Policy.Open(jitter: .percent(0), resetAfter: .zero))
    #expect(nextOpening(subject) == .seconds(5))
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
    #expect(nextOpening(subject) == .seconds(10))
  }

  @Test(arguments: [ForcedMode.observe, .closed]) func timeInAModeIsNotTimeClosed(mode: ForcedMode) {
    let subject = closedAgain(open)
    subject.pass(.seconds(29))
    subject.force(mode, for: .seconds(3_600))
    #expect(subject.pass(.seconds(3_601)).first?.openings == 1)
    #expect(nextOpening(subject) == .seconds(10))
  }

  @Test(arguments: ForcedMode.allCases) func whatIsForgottenStaysForgottenUnderForce(mode: ForcedMode) {
    let subject = closedAgain(open)
    subject.pass(.seconds(30))
    #expect(subject.force(mode)?.openings == 0)
    subject.release()
    if mode == .open { #expect(subject.isAllowed()) }
    #expect(nextOpening(subject) == .seconds(5))
  }

  @Test func whatIsForgottenStaysForgottenUnderAnotherPolicy() {
    let subject = closedAgain(open)
    subject.pass(.seconds(30))
    subject.adopt(Policy(trip: .atOnce, open: Policy.Open(jitter: .percent(0), resetAfter: .seconds(60))))
    #expect(nextOpening(subject) == .seconds(5))
  }

  @Test func anotherPolicyMayForgetSooner() {
    let subject = closedAgain(open)
    subject.pass(.seconds(10))
    subject.adopt(Policy(trip: .atOnce, open: Policy.Open(jitter: .percent(0), resetAfter: .seconds(10))))
    #expect(subject.openings == 0)
  }

  @Test func aResetForgets() {
    let subject = closedAgain(open)
    #expect(subject.reset().openings == 0)
    #expect(nextOpening(subject) == .seconds(5))
  }
}
