import BreakerCore
import Testing

/// A second set of rules is fed the same outcomes, tells when it would have opened, and decides nothing.
@Suite struct ShadowTests {
  private func subject(_ shadow: Policy.Trip, _ trip: Policy.Trip = .init(consecutiveFailures: 100)) -> Subject {
    Subject(Policy(trip: trip, open: .steady, shadow: shadow))
  }

  @Test func itTellsOnceUntilItHasCeasedToHold() {
    let subject = subject(.init(consecutiveFailures: 2))
    subject.fail()
    #expect(subject.news.isEmpty)
    #expect(subject.report(.fail) == .counted)
    #expect(subject.news == [.shadowWouldTrip(.consecutiveFailures(run: 2, threshold: 2), at: subject.now)])
    subject.fail(5)
    #expect(subject.news.isEmpty)
    subject.succeed()
    subject.fail(2)
    #expect(subject.news.count == 1)
    #expect(subject.state == .closed)
  }

  @Test func itHasAWindowAndALimitOfSlowCallsOfItsOwn() {
    let subject = subject(.init(slowRate: .percent(50), slowCall: .seconds(1), minimumCalls: 2, window: .calls(2)))
    subject.report(.ok, ms: 999)
    subject.report(.ok, ms: 999)
    subject.report(.ok, ms: 1_000)
    let cause = Cause.slowRate(slow: 1, total: 2, threshold: .percent(50))
    #expect(subject.news == [.shadowWouldTrip(cause, at: subject.now)])
    #expect(subject.totals[.slow] == 0)
    #expect(subject.window.slow == 0)
  }

  @Test func itSeesWhatTheOtherRulesLump() {
    let subject = subject(.init(failures: 3), .init(failures: 3, lump: .seconds(60)))
    subject.fail(3)
    #expect(subject.news.count == 1)
    #expect(subject.state == .closed)
  }

  @Test func itBeginsAnewWithEachGeneration() {
    let subject = subject(.init(failures: 2), .init(consecutiveFailures: 3))
    subject.fail()
    subject.reset()
    subject.fail()
    #expect(subject.news.isEmpty)
    subject.fail(2)
    #expect(subject.state == .open)
    #expect(subject.news.count == 1)
  }

  @Test func probesAndForcedCallsAreNotFedToIt() {
    let subject = subject(.init(failures: 1), .init(consecutiveFailures: 1))
    subject.force(.closed)
    subject.fail()
    subject.force(.open)
    subject.release()
    #expect(subject.isAllowed())
    subject.fail()
    #expect(subject.state == .open)
    #expect(subject.news.isEmpty)
  }

  @Test func underObserveItWatchesToo() {
    let subject = subject(.init(consecutiveFailures: 1))
    subject.force(.observe)
    #expect(subject.report(.fail) == .counted)
    #expect(subject.news.count == 1)
  }

  @Test func overdueCallsAreSlowAndFailedForItToo() {
    let subject = Subject(
      Policy(
        calls: Policy.Calls(overdue: .seconds(1)),
        shadow: Policy.Trip(slowRate: .percent(100), slowCall: .seconds(50), minimumCalls: 1)))
    #expect(subject.isAllowed())
    subject.pass(.seconds(1))
    let cause = Cause.slowRate(slow: 1, total: 1, threshold: .percent(100))
    #expect(subject.news == [.overdue(.someone, at: subject.now), .shadowWouldTrip(cause, at: subject.now)])
  }

  @Test func aChangedPolicyKeepsItsWindowIfTheShapeIsTheSame() {
    let subject = subject(.init(failures: 3))
    subject.fail()
    subject.adopt(Policy(shadow: .init(failures: 2)))
    subject.fail()
    #expect(subject.news.count == 1)
    subject.adopt(Policy(shadow: .init(failures: 1, window: .calls(10))))
    subject.succeed()
    #expect(subject.news.isEmpty, "a new window starts empty")
    subject.adopt(Policy())
    subject.fail()
    #expect(subject.news.isEmpty)
  }

  @Test func newsThatNobodyTakesAreBounded() {
    let subject = subject(.init(consecutiveFailures: 1))
    for _ in 0..<1_000 {
      subject.fail()
      subject.succeed()
    }
    #expect(subject.news.count == 64)
  }
}
