import BreakerCore
import Testing

/// Whose permit a report without token settles, and what becomes of permits when a connection goes.
@Suite struct PermitSetTests {
  /// Half-open, with room for six probes and a verdict far away.
  private let subject: Subject

  init() {
    subject = Subject(
      .atOnce, .steady, Policy.HalfOpen(probes: 6, verdict: .calls(100, failureRate: .percent(100))))
    subject.fail()
    subject.pass(.seconds(5))
  }

  private func isOut(_ permit: UInt32) -> Bool { subject.report(.ignore, subject.token(permit: permit)) == .counted }

  @Test func anUnnamedReportSettlesTheConnectionsOldestProbe() {
    for caller in [Caller.colleague, .someone, .someone] { #expect(subject.isAllowed(caller)) }
    #expect(subject.report(.ok, by: .someone) == .counted)
    #expect(!isOut(2))
    #expect(isOut(1) && isOut(3))
  }

  @Test func elseTheOldestOfTheSameUserWhoseConnectionIsGone() {
    for caller in [Caller.stranger, .colleague, .someone] { #expect(subject.isAllowed(caller)) }
    #expect(subject.report(.ok, by: Caller(connection: 9, uid: 1_000)) == .stale, "nobody is gone")
    for caller in [Caller.stranger, .someone, .colleague] { #expect(subject.lose(caller) == 0) }
    #expect(subject.report(.ok, by: Caller(connection: 9, uid: 1_000)) == .counted)
    #expect(!isOut(2))
    #expect(isOut(1) && isOut(3))
  }

  @Test func theFirstOfAllMayHaveLostItsConnectionToo() {
    #expect(subject.isAllowed(.someone))
    #expect(subject.lose(.someone) == 0)
    #expect(subject.report(.ok, by: .colleague) == .counted)
    #expect(subject.breaker.permitsOut == 0)
  }

  @Test func itsOwnComesBeforeAnOlderOneWithoutConnection() {
    #expect(subject.isAllowed(.colleague))
    subject.lose(.colleague)
    #expect(subject.isAllowed(.someone))
    #expect(subject.report(.ok, by: .someone) == .counted)
    #expect(isOut(1))
    #expect(!isOut(2))
  }

  @Test func elseItIsStale() {
    #expect(subject.isAllowed(.stranger))
    #expect(subject.report(.fail, by: .someone) == .stale)
    subject.lose(.stranger)
    #expect(subject.report(.fail, by: .someone) == .stale, "another user's")
    #expect(subject.totals[.stale] == 2)
    #expect(subject.window == .zero)
    #expect(subject.breaker.permitsOut == 1)
  }

  @Test func aPermitMayBeSettledFromAnotherConnectionByItsToken() {
    #expect(subject.isAllowed(.bound))
    #expect(subject.report(.ok, subject.token(permit: 1), by: .stranger) == .counted)
  }

  @Test func boundPermitsGoBackAndCountAsNothing() {
    var totals = subject.totals
    totals[.probes] += 4
    for caller in [Caller.bound, .someone, .bound, .bound] { #expect(subject.isAllowed(caller)) }
    #expect(subject.lose(.bound) == 3)
    #expect(subject.breaker.permitsOut == 1)
    #expect(subject.totals == totals)
    #expect(subject.window == .zero)
    #expect(subject.lose(.bound) == 0)
    #expect(subject.report(.ok, subject.token(permit: 3)) == .stale)
    #expect(isOut(2))
  }

  @Test func aConnectionMayHaveBecomeBoundOnTheWay() {
    var caller = Caller.someone
    for isBound in [false, true, false, true] {
      caller.isBound = isBound
      #expect(subject.isAllowed(caller))
    }
    #expect(subject.lose(caller) == 2)
    #expect(isOut(1) && isOut(3))
  }

  @Test func aPermitThatWentBackIsIssuedAgain() {
    for _ in 0..<6 { #expect(subject.isAllowed(.bound)) }
    #expect(!subject.isAllowed())
    subject.lose(.bound)
    for _ in 0..<6 { #expect(subject.isAllowed()) }
    #expect(!subject.isAllowed())
  }

  @Test func theNextDeadlineIsThatOfThePermitsLeft() {
    #expect(subject.isAllowed(.bound, lease: .seconds(3)))
    #expect(subject.isAllowed(.someone, lease: .seconds(9)))
    #expect(subject.isAllowed(.colleague, lease: .seconds(6)))
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(3))
    subject.lose(.bound)
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(6))
    subject.report(.ok, by: .colleague)
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(9))
    subject.report(.ok, by: .someone)
    #expect(subject.breaker.nextDeadline == .never)
  }

  @Test func anUnboundPermitWaitsForItsLease() {
    #expect(subject.isAllowed(.someone))
    #expect(subject.lose(.someone) == 0)
    subject.pass(.seconds(30))
    #expect(subject.totals[.lapsed] == 1)
    #expect(subject.breaker.permitsOut == 0)
  }
}
