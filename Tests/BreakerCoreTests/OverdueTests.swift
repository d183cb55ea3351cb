import BreakerCore
import Testing

/// A call under way for longer than `overdue` counts as slow and failed before it returns.
@Suite struct OverdueTests {
  private func subject(
    _ trip: Policy.Trip = .init(consecutiveFailures: 2), _ halfOpen: Policy.HalfOpen = .init(), limit: Int? = nil,
    lease: Timespan = .seconds(60)
  ) -> Subject {
    Subject(
      Policy(
        trip: trip, open: .steady, halfOpen: halfOpen,
        calls: Policy.Calls(limit: limit, lease: lease, overdue: .seconds(10))))
  }

  @Test func hangingCallsOpen() {
    let subject = subject()
    #expect(subject.isAllowed(.someone))
    subject.pass(.seconds(1))
    #expect(subject.isAllowed(.colleague))
    #expect(subject.pass(.seconds(10) - .tick).isEmpty)
    #expect(subject.breaker.run == 1)
    let moves = subject.pass(.tick)
    #expect(moves.map(\.to) == [.open])
    #expect(moves.first?.cause == .consecutiveFailures(run: 2, threshold: 2))
    #expect(subject.totals.failed == 2)
    #expect(subject.totals[.slow] == 2)
    #expect(subject.news == [.overdue(.someone, at: subject.now - .seconds(1)), .overdue(.colleague, at: subject.now)])
    #expect(subject.news.isEmpty)
  }

  /// After a pause of the whole host, say.
  @Test func ofManyAtOnceTheLatestAreToldOfAndWhatTheSecondRulesSay() {
    let callers = (1...200).map { Caller(connection: $0, uid: 0, pid: Int32($0)) }
    let subject = Subject(
      Policy(
        trip: .init(consecutiveFailures: 1_000), calls: Policy.Calls(overdue: .seconds(10)),
        shadow: .init(consecutiveFailures: 100)))
    for caller in callers { #expect(subject.isAllowed(caller)) }
    #expect(subject.pass(.seconds(10)).isEmpty)
    let news = subject.news
    #expect(news.contains(.shadowWouldTrip(.consecutiveFailures(run: 100, threshold: 100), at: subject.now)))
    #expect(news.count < 100)
    #expect(news.suffix(8) == callers.suffix(8).map { News.overdue($0, at: subject.now) })
  }

  @Test func itCountsAtExactlyItsTime() {
    let subject = subject()
    #expect(subject.isAllowed())
    subject.pass(.seconds(10) - .tick)
    #expect(subject.breaker.run == 0)
    subject.pass(.tick)
    #expect(subject.breaker.run == 1)
  }

  @Test func itIsSlowAsWell() {
    let subject = subject(.init(slowRate: .percent(100), slowCall: .seconds(99), minimumCalls: 1))
    #expect(subject.isAllowed())
    #expect(subject.pass(.seconds(10)).first?.cause == .slowRate(slow: 1, total: 1, threshold: .percent(100)))
  }

  @Test func itsLaterReportTouchesTotalsOnly() {
    let subject = subject(limit: 1)
    #expect(subject.isAllowed())
    subject.pass(.seconds(10))
    #expect(!subject.isAllowed())
    #expect(subject.report(.ok, subject.token(permit: 1)) == .totalsOnly)
    #expect(subject.totals.ok == 1)
    #expect(subject.window.total == 1)
    #expect(subject.breaker.run == 1, "the success does not end the run")
    #expect(subject.isAllowed())
  }

  @Test func itsLaterReportIsStaleOnceABreakerHasOpened() {
    let subject = subject(.atOnce)
    #expect(subject.isAllowed())
    #expect(subject.pass(.seconds(10)).map(\.to) == [.open])
    #expect(subject.report(.ok) == .stale)
    #expect(subject.breaker.callsOut == 0)
  }

  @Test func aReportInTimeEndsIt() {
    let subject = subject()
    #expect(subject.isAllowed() && subject.isAllowed())
    subject.report(.ok)
    subject.report(.ignore)
    subject.pass(.seconds(60))
    #expect(subject.totals.failed == 0)
  }

  @Test func aLostConnectionEndsIt() {
    let subject = subject()
    #expect(subject.isAllowed(.bound) && subject.isAllowed(.someone))
    #expect(subject.lose(.bound) == 1)
    #expect(subject.lose(.someone) == 0)
    subject.pass(.seconds(10))
    #expect(subject.totals.failed == 1)
  }

  @Test func theEndOfALeaseEndsIt() {
    let subject = subject()
    #expect(subject.isAllowed(lease: .seconds(10) - .tick))
    #expect(subject.isAllowed(lease: .seconds(10)))
    subject.pass(.seconds(60))
    #expect(subject.totals.failed == 1, "at the same time, what is overdue comes first")
  }

  @Test func aNewGenerationEndsIt() {
    let subject = subject()
    #expect(subject.isAllowed())
    subject.reset()
    #expect(subject.breaker.callsOut == 1)
    subject.pass(.seconds(30))
    #expect(subject.totals.failed == 0)
    #expect(subject.window == .zero)
  }

  @Test func aBurstOfThemIsOneEventIfFailuresAreLumped() {
    let subject = subject(.init(consecutiveFailures: 2, lump: .seconds(1)))
    for _ in 0..<5 {
      #expect(subject.isAllowed())
      subject.pass(.milliseconds(1))
    }
    subject.pass(.seconds(10))
    #expect(subject.state == .closed)
    #expect(subject.breaker.run == 1)
    #expect(subject.totals.failed == 5)
  }

  @Test func aProbeFails() {
    let subject = subject(.atOnce)
    subject.fail()
    subject.pass(.seconds(5))
    #expect(subject.isAllowed(.colleague))
    #expect(subject.retryAfter == .seconds(10))
    let moves = subject.pass(.seconds(10))
    #expect(moves.map(\.cause) == [.probeOverdue(.colleague)])
    #expect(subject.state == .open)
    #expect(subject.breaker.lapses == 0)
    #expect(subject.report(.ok, by: .colleague) == .stale)
  }

  @Test func aProbeThatFailedKeepsItsSlotUntilItIsReported() {
    let subject = subject(.atOnce, .init(probes: 2, verdict: .calls(3, failureRate: .percent(100))), limit: 2)
    subject.fail()
    subject.pass(.seconds(5))
    #expect(subject.isAllowed() && subject.isAllowed())
    subject.pass(.seconds(10))
    #expect(subject.window.failures == 2)
    #expect(subject.breaker.permitsOut == 0)
    #expect(subject.allow() == .deny(.saturated, retryAfter: nil))
    #expect(subject.report(.ok, subject.token(permit: 1)) == .totalsOnly)
    #expect(subject.window.total == 2, "in the totals only")
    #expect(subject.isAllowed())
    #expect(subject.report(.ok, subject.token(permit: 3)).target == .closed)
    #expect(subject.breaker.callsOut == 0, "the other's slot ended with the episode")
  }

  @Test func ofOneTimeTheEarlierPermitComesFirst() {
    let subject = subject(.init(consecutiveFailures: 2))
    for caller in [Caller.someone, .colleague, .stranger] { #expect(subject.isAllowed(caller)) }
    subject.pass(.seconds(10))
    let overdue = [Caller.someone, .colleague].map { News.overdue($0, at: subject.now) }
    #expect(subject.news == overdue, "the third is of the past by then")
    #expect(subject.state == .open)
  }
}
