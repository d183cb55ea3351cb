import BreakerCore
import Testing

/// Recovery `check`: a prober tries the dependency in place of the callers.
@Suite struct CheckTests {
  private func subject(latch: Bool = false, prober: Bool = true, halfOpen: Policy.HalfOpen = .init()) -> Subject {
    let subject = Subject(
      Policy(
        trip: .atOnce, open: Policy.Open(backoff: 1, maxDuration: .seconds(120), jitter: Rate(basisPoints: 0)),
        halfOpen: halfOpen, recovery: .check,
        check: Policy.Check(interval: .seconds(10), attempts: 3, latch: latch)))
    subject.hasProber = prober
    return subject
  }

  private func fail(_ subject: Subject) -> Reply {
    #expect(subject.isAllowed(.prober))
    return subject.report(.fail, by: .prober)
  }

  @Test func aTripLeadsToHalfOpenAndCallersAreRefused() {
    let subject = subject()
    let reply = subject.report(.fail)
    #expect(reply.target == .halfOpen)
    #expect(reply.cause == .consecutiveFailures(run: 1, threshold: 1))
    #expect(subject.totals[.opened] == 1)
    #expect(subject.openings == 1)
    #expect(subject.allow() == .deny(.halfOpen, retryAfter: .seconds(10)))
    #expect(subject.mustAsk)
  }

  @Test func theProberTriesAnIntervalAfterTheTripAndThenOnceInEach() {
    let subject = subject()
    subject.fail()
    subject.pass(.seconds(10) - .tick)
    #expect(subject.allow(.prober) == .deny(.halfOpen, retryAfter: .tick))
    subject.pass(.tick)
    #expect(subject.allow(.prober) == .allow(.halfOpen, subject.token(permit: 1), lease: .seconds(30)))
    #expect(subject.allow(.prober) == .deny(.halfOpen, retryAfter: .seconds(30)), "one at a time")
    subject.pass(.seconds(2))
    #expect(subject.report(.fail, by: .prober) == .counted)
    #expect(subject.breaker.failedChecks == 1)
    #expect(subject.allow(.prober) == .deny(.halfOpen, retryAfter: .seconds(8)), "begin to begin")
    subject.pass(.seconds(8))
    #expect(subject.isAllowed(.prober))
  }

  @Test func oneSuccessClosesWhateverCallersWouldNeed() {
    let subject = subject(halfOpen: .init(probes: 2, verdict: .successes(5)))
    subject.fail()
    subject.pass(.seconds(10))
    #expect(fail(subject) == .counted)
    subject.pass(.seconds(10))
    #expect(subject.isAllowed(.prober))
    let reply = subject.report(.ok, by: .prober)
    #expect(reply.target == .closed)
    #expect(reply.cause == .checkSucceeded(attempts: 2))
    #expect(subject.breaker.failedChecks == 0)
  }

  @Test func theLastAttemptOpensAndOneMoreFollowsEachLongestOpenTime() {
    let subject = subject()
    subject.fail()
    for _ in 0..<2 {
      subject.pass(.seconds(10))
      #expect(fail(subject) == .counted)
    }
    subject.pass(.seconds(10))
    let reply = fail(subject)
    #expect(reply.cause == .checksFailed(attempts: 3))
    #expect(reply.target == .open)
    for attempt in 4...6 {
      #expect(subject.allow() == .deny(.open, retryAfter: .seconds(120)))
      #expect(subject.pass(.seconds(120)).map(\.cause) == [.openElapsed])
      #expect(fail(subject).cause == .checksFailed(attempts: attempt), "at once, and only once")
    }
    subject.pass(.seconds(120))
    #expect(subject.isAllowed(.prober))
    #expect(subject.report(.ok, by: .prober).cause == .checkSucceeded(attempts: 7))
  }

  @Test func withLatchItStaysOpenUntilAReset() {
    let subject = subject(latch: true)
    subject.fail()
    for _ in 0..<3 {
      subject.pass(.seconds(10))
      _ = fail(subject)
    }
    #expect(subject.allow() == .deny(.open, retryAfter: nil))
    #expect(subject.pass(.seconds(1_000_000)).isEmpty)
    #expect(!subject.isAllowed(.prober))
    subject.reset()
    #expect(subject.isAllowed())
    #expect(subject.breaker.failedChecks == 0)
  }

  @Test func withoutProberItRecoversByTraffic() {
    let subject = subject(prober: false)
    #expect(subject.report(.fail).target == .open)
    #expect(subject.pass(.seconds(5)).map(\.to) == [.halfOpen])
    #expect(subject.isAllowed())
    #expect(subject.report(.ok).cause == .probesSucceeded(total: 1, failures: 0))
  }

  @Test func aProberThatComesLaterTakesOver() {
    let subject = subject(prober: false)
    subject.fail()
    subject.hasProber = true
    subject.pass(.seconds(5))
    #expect(!subject.isAllowed())
    #expect(subject.isAllowed(.prober), "it has waited already")
  }

  @Test func whenTheProberGoesCallersAreProbes() {
    let subject = subject()
    subject.fail()
    subject.pass(.seconds(10))
    #expect(subject.isAllowed(.prober))
    subject.hasProber = false
    #expect(!subject.isAllowed(), "there is one probe at a time")
    #expect(subject.lose(.prober) == 1)
    #expect(subject.isAllowed())
    #expect(subject.report(.fail).target == .open)
  }

  @Test func aProberThatIsLateByAnIntervalIsNotWaitedFor() {
    let subject = subject()
    subject.fail()
    subject.pass(.seconds(10))
    #expect(subject.allow() == .deny(.halfOpen, retryAfter: .seconds(10)))
    subject.pass(.seconds(10) - .tick)
    #expect(!subject.isAllowed())
    subject.pass(.tick)
    #expect(subject.isAllowed())
    #expect(!subject.isAllowed(.prober), "no more than half_open.probes at once")
    subject.report(.ignore)
    #expect(subject.isAllowed(.prober))
    #expect(!subject.isAllowed())
  }

  @Test func aCheckLongerThanItsIntervalIsNotLate() {
    let subject = subject()
    subject.fail()
    subject.pass(.seconds(10))
    #expect(subject.isAllowed(.prober))
    subject.pass(.seconds(25))
    #expect(subject.report(.fail, by: .prober) == .counted)
    #expect(!subject.isAllowed())
    #expect(subject.isAllowed(.prober))
  }

  @Test func aLeaseThatLapsesIsAFailedCheck() {
    let subject = subject()
    subject.fail()
    subject.pass(.seconds(10))
    #expect(subject.isAllowed(.prober, lease: .seconds(3)))
    #expect(subject.pass(.seconds(3)).isEmpty)
    #expect(subject.breaker.failedChecks == 1)
    #expect(subject.state == .halfOpen)
  }

  @Test func maxWaitIsForCallers() {
    let subject = subject(halfOpen: .init(maxWait: .seconds(1)))
    subject.fail()
    subject.pass(.seconds(10))
    #expect(subject.isAllowed(.prober))
    #expect(subject.pass(.seconds(5)).isEmpty)
    subject.hasProber = false
    subject.report(.ignore, by: .prober)
    #expect(subject.isAllowed())
    #expect(subject.pass(.seconds(1)).map(\.cause) == [.maxWait])
  }

  @Test func failedChecksOutliveARestart() {
    let subject = subject()
    subject.fail()
    for _ in 0..<2 {
      subject.pass(.seconds(10))
      _ = fail(subject)
    }
    let moment = Moment(now: subject.now, nextGeneration: 9, chance: 0.5, hasProber: true)
    var after = Breaker(following: subject.breaker.policy, remembering: subject.breaker.memory, at: moment)
    #expect(after.state == .halfOpen)
    #expect(after.failedChecks == 2)
    guard case .allow(.halfOpen, let token, _) = after.allow(.prober, at: moment) else {
      Issue.record("the prober is not let through")
      return
    }
    let receipt = after.report(Report(.fail, token: token, caller: .prober), at: moment)
    #expect(Reply(receipt).cause == .checksFailed(attempts: 3))
  }

  @Test func aRampFollowsACheckToo() {
    let subject = subject()
    subject.fail()
    subject.adopt(Policy(recovery: .check, ramp: Policy.Ramp(duration: .seconds(30))))
    subject.pass(.seconds(10))
    #expect(subject.isAllowed(.prober))
    subject.report(.ok, by: .prober)
    #expect(subject.isRamping)
  }
}
