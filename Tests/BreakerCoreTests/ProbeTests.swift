import BreakerCore
import Testing

@Suite struct ProbeTests {
  /// A breaker that has just become half-open.
  private func halfOpen(_ halfOpen: Policy.HalfOpen, _ trip: Policy.Trip = .atOnce) -> Subject {
    let subject = Subject(trip, .steady, halfOpen)
    subject.report(.fail, ms: 1_000)
    subject.pass(.seconds(5))
    #expect(subject.state == .halfOpen)
    return subject
  }

  private func settle(_ subject: Subject, _ outcomes: [Outcome], ms: Int64? = nil) -> Reply {
    var reply = Reply.nothing
    for outcome in outcomes {
      #expect(subject.isAllowed())
      reply = subject.report(outcome, ms: ms)
    }
    return reply
  }

  @Test func permitsAreNumberedFromOneInEachEpisode() {
    let subject = halfOpen(Policy.HalfOpen(probes: 2, verdict: .successes(2)))
    #expect(subject.allow() == .allow(.halfOpen, subject.token(permit: 1), lease: .seconds(30)))
    #expect(subject.allow() == .allow(.halfOpen, subject.token(permit: 2), lease: .seconds(30)))
    subject.report(.fail, subject.token(permit: 2))
    subject.pass(.seconds(5))
    #expect(subject.allow() == .allow(.halfOpen, subject.token(permit: 1), lease: .seconds(30)))
  }

  /// Probes, successes or calls still wanted, permits that can be had at once.
  @Test(arguments: [(1, 3, 1), (2, 3, 2), (3, 3, 3), (5, 3, 3), (5, 1, 1), (1_000, 1_000, 1_000)])
  func noMorePermitsThanProbesOrOutcomesMissing(probes: Int, wanted: Int, out: Int) {
    for verdict in [Policy.Verdict.successes(wanted), .calls(wanted, failureRate: .percent(50))] {
      let subject = halfOpen(Policy.HalfOpen(probes: probes, verdict: verdict))
      for _ in 0..<out { #expect(subject.isAllowed(.stranger)) }
      #expect(subject.allow() == .deny(.halfOpen, retryAfter: .seconds(30)))
      #expect(subject.breaker.permitsOut == out)
      #expect(subject.totals.refused == 1)
    }
  }

  @Test func fewerPermitsAsOutcomesComeIn() {
    let subject = halfOpen(Policy.HalfOpen(probes: 2, verdict: .successes(3)))
    #expect(subject.isAllowed() && subject.isAllowed())
    subject.report(.ok)
    #expect(subject.isAllowed())
    #expect(!subject.isAllowed())
    subject.report(.ok)
    // One is missing, and one is out.
    #expect(!subject.isAllowed())
    #expect(subject.report(.ok).cause == .probesSucceeded(total: 3, failures: 0))
  }

  @Test(arguments: 1...4) func asManySuccessesClose(wanted: Int) {
    let subject = halfOpen(Policy.HalfOpen(verdict: .successes(wanted)))
    let before = Array(repeating: Outcome.ok, count: wanted - 1)
    _ = settle(subject, before)
    #expect(subject.state == .halfOpen)
    #expect(settle(subject, [.ok]).cause == .probesSucceeded(total: wanted, failures: 0))
    #expect(subject.state == .closed)
  }

  @Test func oneFailureReopens() {
    let subject = halfOpen(Policy.HalfOpen(verdict: .successes(3)))
    #expect(settle(subject, [.ok, .ok, .fail]).cause == .probeFailed)
    #expect(subject.retryAfter == .seconds(5))
    #expect(subject.openings == 2)
  }

  @Test func permitsLeftOverAreStaleOnceDecided() {
    let subject = halfOpen(Policy.HalfOpen(probes: 2, verdict: .successes(2)))
    #expect(subject.isAllowed() && subject.isAllowed())
    let other = subject.token(permit: 2)
    subject.report(.fail, subject.token(permit: 1))
    #expect(subject.state == .open)
    #expect(subject.report(.ok, other) == .stale)
    #expect(subject.totals[.stale] == 1)
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(5))
  }

  /// Outcomes, the failure rate asked for, and where the verdict leads.
  @Test(
    arguments: [
      ([.fail, .ok, .ok, .ok], 25, .open), ([.fail, .ok, .ok, .ok], 26, .closed),
      ([.ok, .ok, .fail, .fail], 50, .open), ([.ok, .ok, .ok, .ok], 1, .closed),
      ([.fail, .fail, .fail, .fail], 100, .open),
      ([.fail, .fail, .fail, .ok], 100, .closed),
    ] as [([Outcome], Int, State)])
  func theVerdictIsTheRateOverAllCalls(outcomes: [Outcome], rate: Int, verdict: State) {
    let subject = halfOpen(Policy.HalfOpen(verdict: .calls(4, failureRate: .percent(rate))))
    _ = settle(subject, Array(outcomes.dropLast()))
    #expect(subject.state == .halfOpen)
    let reply = settle(subject, Array(outcomes.suffix(1)))
    #expect(reply.target == verdict)
    let failures = outcomes.filter { $0 == .fail }.count
    let cause: Cause =
      verdict == .open
      ? .failureRate(failures: failures, total: 4, threshold: .percent(rate))
      : .probesSucceeded(total: 4, failures: failures)
    #expect(reply.cause == cause)
  }

  @Test func aSlowProbeFailsWhereSlownessIsARule() {
    let trip = Policy.Trip(
      consecutiveFailures: 1, slowRate: .percent(100), slowCall: .milliseconds(100), minimumCalls: 1_000)
    let subject = halfOpen(Policy.HalfOpen(), trip)
    #expect(settle(subject, [.ok], ms: 100).cause == .probeSlow)
    let quick = halfOpen(Policy.HalfOpen(), trip)
    #expect(settle(quick, [.ok], ms: 99).target == .closed)
  }

  @Test func aSlowProbeIsASuccessWhereItIsNot() {
    let trip = Policy.Trip(consecutiveFailures: 1, slowCall: .milliseconds(100))
    #expect(settle(halfOpen(Policy.HalfOpen(), trip), [.ok], ms: 500).target == .closed)
  }

  @Test func theSlowRateJudgesTheCallsAsWell() {
    let trip = Policy.Trip(
      consecutiveFailures: 1, slowRate: .percent(50), slowCall: .milliseconds(100), minimumCalls: 1_000)
    let probes = Policy.HalfOpen(verdict: .calls(4, failureRate: .percent(50)))
    let subject = halfOpen(probes, trip)
    _ = settle(subject, [.ok, .ok], ms: 100)
    #expect(settle(subject, [.ok, .ok], ms: 5).cause == .slowRate(slow: 2, total: 4, threshold: .percent(50)))
    let better = halfOpen(probes, trip)
    _ = settle(better, [.ok], ms: 100)
    #expect(settle(better, [.ok, .ok, .ok], ms: 5).target == .closed)
  }

  @Test func ignoreGivesThePermitBack() {
    let subject = halfOpen(Policy.HalfOpen(verdict: .successes(2)))
    for number: UInt32 in 1...50 {
      #expect(subject.allow() == .allow(.halfOpen, subject.token(permit: number), lease: .seconds(30)))
      #expect(!subject.isAllowed())
      #expect(subject.report(.ignore, subject.token(permit: number), ms: 99_000) == .counted)
    }
    #expect(subject.totals[.ignored] == 50)
    #expect(subject.window == .zero)
    #expect(settle(subject, [.ok, .ok]).target == .closed)
  }

  @Test func aPermitIsSettledOnce() {
    let subject = halfOpen(Policy.HalfOpen(probes: 3, verdict: .successes(3)))
    #expect(subject.isAllowed() && subject.isAllowed())
    #expect(subject.report(.ok, subject.token(permit: 1)) == .counted)
    #expect(subject.report(.ok, subject.token(permit: 1)) == .stale)
    #expect(subject.report(.fail, subject.token(permit: 9)) == .stale)
    #expect(subject.report(.fail, subject.token()) == .stale)
    #expect(subject.report(.ok, subject.token(permit: 2), n: 2) == .stale)
    #expect(subject.report(.ok, n: 2) == .stale)
    #expect(subject.window.total == 1)
    #expect(subject.totals.ok == 1)
  }
}
