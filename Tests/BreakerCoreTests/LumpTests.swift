import BreakerCore
import Testing

/// A failure less than `lump` from the last counted one enters the totals only.
@Suite struct LumpTests {
  private let subject = Subject(Policy.Trip(failures: 3, lump: .milliseconds(50)))
  private var run: Int { subject.breaker.run }

  @Test func aBurstIsOneEvent() {
    for _ in 0..<64 {
      subject.fail()
      subject.pass(.microseconds(500))
    }
    #expect(subject.state == .closed)
    #expect(subject.window.failures == 1)
    #expect(run == 1)
    #expect(subject.totals.failed == 64)
  }

  @Test(arguments: [(49_999, 1), (50_000, 2)] as [(Int64, Int)])
  func aMicrosecondDecides(after: Int64, failures: Int) {
    subject.fail()
    subject.pass(.microseconds(after))
    subject.fail()
    #expect(subject.window.failures == failures)
  }

  @Test func aLumpedFailureIsNotMeasuredFrom() {
    subject.fail()
    subject.pass(.milliseconds(40))
    subject.fail()
    subject.pass(.milliseconds(10))
    subject.fail()
    #expect(subject.window.failures == 2)
    subject.pass(.milliseconds(50))
    #expect(subject.report(.fail).target == .open)
  }

  @Test func aSuccessBetweenThemDoesNotPartThem() {
    subject.fail()
    subject.succeed()
    subject.fail()
    #expect(subject.window == counts(2, failures: 1))
    #expect(run == 0)
  }

  @Test func theAgeOfAFailureCounts() {
    subject.fail()
    subject.pass(.milliseconds(60))
    subject.report(.fail, age: .milliseconds(11))
    #expect(subject.window.failures == 1)
    subject.report(.fail, age: .milliseconds(10))
    #expect(subject.window.failures == 2)
  }

  @Test func oneThatEndedLittleEarlierAndCameLaterIsTheSameEvent() {
    subject.fail()
    subject.report(.fail, age: .milliseconds(49))
    #expect(subject.window.failures == 1)
    subject.report(.fail, age: .milliseconds(50))
    #expect(subject.window.failures == 2)
  }

  @Test func itIsSlowInTheTotalsOnly() {
    let subject = Subject(
      Policy.Trip(failures: 9, slowRate: .percent(100), slowCall: .seconds(1), minimumCalls: 2, lump: .seconds(1)))
    subject.report(.fail, ms: 1_000)
    subject.report(.fail, ms: 1_000)
    #expect(subject.state == .closed)
    #expect(subject.totals[.slow] == 2)
    #expect(subject.window.slow == 1)
  }

  @Test func underObserveToo() {
    subject.force(.observe)
    for _ in 0..<3 { #expect(subject.report(.fail) == .counted) }
    subject.pass(.milliseconds(50))
    subject.fail()
    subject.pass(.milliseconds(50))
    #expect(subject.report(.fail).cause == .failures(count: 3, threshold: 3))
  }

  @Test func whileForcedNothingIsRemembered() {
    subject.force(.closed)
    subject.fail()
    subject.release()
    subject.fail()
    #expect(subject.window.failures == 1)
  }

  @Test func aNewGenerationStartsAnew() {
    subject.fail()
    subject.reset()
    subject.fail()
    #expect(subject.window.failures == 1)
  }

  @Test func probesAreNotLumped() {
    let subject = Subject(
      Policy(
        trip: Policy.Trip(consecutiveFailures: 1, lump: .seconds(60)), open: .steady,
        halfOpen: Policy.HalfOpen(probes: 2, verdict: .calls(2, failureRate: .percent(100)))))
    subject.fail()
    subject.pass(.seconds(5))
    #expect(subject.isAllowed() && subject.isAllowed())
    subject.fail(2)
    #expect(subject.state == .open)
  }

  @Test func aChangedPolicyMeasuresFromTheSameFailure() {
    let subject = Subject(Policy.Trip(failures: 3))
    subject.fail()
    subject.adopt(Policy(trip: Policy.Trip(failures: 3, lump: .seconds(1))))
    subject.pass(.milliseconds(999))
    subject.fail()
    #expect(subject.window.failures == 1)
    subject.pass(.milliseconds(1))
    subject.fail()
    #expect(subject.window.failures == 2)
  }

  @Test(arguments: [0, 400] as [Int64])
  func aRestartMeasuresFromTheSameFailure(shift: Int64) {
    let policy = Policy(trip: Policy.Trip(failures: 3, lump: .milliseconds(500)))
    let span = Timespan.milliseconds(shift)
    func moment(_ milliseconds: Int64) -> Moment {
      Moment(now: Instant.zero + .milliseconds(milliseconds), nextGeneration: 2, chance: 0)
    }
    var before = Breaker(following: policy, at: moment(0))
    // Nothing has failed yet: nothing to be near to.
    #expect(before.memory.shifted(by: span).runEnd == .distantPast)
    _ = before.report(Report(.fail, caller: .someone), at: moment(0))
    _ = before.report(Report(.ok, caller: .someone), at: moment(0))
    var after = Breaker(following: policy, remembering: before.memory.shifted(by: span), at: moment(400))
    _ = after.report(Report(.fail, caller: .someone), at: moment(499))
    #expect(after.windowCounts(at: moment(499).now).failures == 1)
    _ = after.report(Report(.fail, caller: .someone), at: moment(500 + shift))
    #expect(after.windowCounts(at: moment(500 + shift).now).failures == 2)
  }

  private func counts(_ total: Int, failures: Int) -> Counts {
    var counts = Counts()
    (counts.total, counts.failures) = (total, failures)
    return counts
  }
}
