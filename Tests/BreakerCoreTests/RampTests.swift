import BreakerCore
import Testing

/// After half-open a share of the calls passes that grows evenly from `start` to all.
@Suite struct RampTests {
  private let subject: Subject

  /// Half-open, with one probe out.
  init() {
    subject = Subject(
      Policy(
        trip: .atOnce, open: .steady, ramp: Policy.Ramp(start: .percent(10), duration: .seconds(30)),
        calls: Policy.Calls()))
    subject.fail()
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
  }

  private func close() { #expect(subject.report(.ok).target == .closed) }

  private func passes(_ chance: Double) -> Bool {
    subject.chance = chance
    return subject.isAllowed()
  }

  @Test(arguments: [(0, 0.10), (10, 0.40), (15, 0.55), (29, 0.97)] as [(Int64, Double)])
  func theShareGrowsEvenly(seconds: Int64, share: Double) {
    close()
    subject.pass(.seconds(seconds))
    #expect(passes(share - 0.0001))
    #expect(!passes(share + 0.0001))
    #expect(passes(0))
    #expect(!passes(0.999_999))
  }

  /// A call passes if its draw is less than the share, to the last digit.
  @Test(arguments: [0.1, 0.57, 0.29, 0.999, 0.51094, 0.123456]) func aDrawThatEqualsTheShareIsRefused(share: Double) {
    let subject = Subject(
      Policy(
        trip: .atOnce, open: .steady, ramp: Policy.Ramp(start: Rate(basisPoints: 0), duration: .seconds(1))))
    subject.fail()
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
    #expect(subject.report(.ok).target == .closed)
    subject.pass(.microseconds(Int64(share * 1_000_000 + 0.5)))
    subject.chance = share
    #expect(subject.allow() == .deny(.ramp, retryAfter: .tick))
    subject.pass(.tick)
    #expect(subject.isAllowed())
  }

  @Test func atItsEndAllPass() {
    close()
    #expect(subject.isRamping)
    subject.pass(.seconds(30) - .tick)
    #expect(!passes(0.999_999_999))
    #expect(subject.pass(.tick).isEmpty)
    #expect(!subject.isRamping)
    #expect(passes(0.999_999_999))
  }

  @Test func aRefusalSaysWhenItsDrawWouldPass() {
    close()
    subject.chance = 0.4
    guard case .deny(.ramp, let wait?) = subject.allow() else {
      Issue.record("allowed")
      return
    }
    #expect(abs(wait.microseconds - 10_000_000) <= 1)
    #expect(subject.totals.refused == 1)
    subject.pass(wait)
    #expect(passes(0.4))
  }

  @Test func itIsNoMoveAndNoRetryTime() {
    close()
    #expect(subject.retryAfter == nil)
    #expect(subject.breaker.until == subject.now + .seconds(30))
    #expect(subject.pass(.seconds(60)).isEmpty)
    #expect(subject.breaker.until == .never)
  }

  @Test func aTripEndsIt() {
    close()
    #expect(subject.report(.fail).target == .open)
    #expect(subject.breaker.until == subject.now + .seconds(5))
  }

  @Test func noForceAndNoResetBeginsOne() {
    subject.reset()
    #expect(passes(0.9))
    subject.force(.closed)
    subject.release()
    #expect(passes(0.9))
  }

  @Test func reportsCountAllTheWhile() {
    close()
    subject.succeed(3)
    #expect(subject.window.total == 3)
  }

  @Test func aChangedRampGoesOnFromItsBeginning() {
    close()
    subject.pass(.seconds(10))
    subject.adopt(Policy(ramp: Policy.Ramp(start: .percent(50), duration: .seconds(20))))
    #expect(passes(0.749) && !passes(0.751))
    subject.adopt(Policy())
    #expect(!subject.isRamping)
    #expect(passes(0.99))
    subject.adopt(Policy(ramp: Policy.Ramp(duration: .seconds(60))))
    #expect(passes(0.99), "one that is over does not begin again")
  }

  @Test func itGoesOnAfterARestart() {
    close()
    subject.pass(.seconds(10))
    let moment = Moment(now: subject.now, nextGeneration: 9, chance: 0.5)
    let memory = subject.breaker.memory
    var after = Breaker(following: subject.breaker.policy, remembering: memory, at: moment)
    guard case .deny(.ramp, _) = after.allow(.someone, at: moment) else {
      Issue.record("the ramp is forgotten")
      return
    }
    let without = Breaker(following: Policy(), remembering: memory, at: moment)
    #expect(without.until == .never)
    #expect(without.nextDeadline == .never)
  }

  @Test func aRampedCallTakesASlotOnlyIfItPasses() {
    subject.adopt(
      Policy(
        trip: .atOnce, open: .steady, ramp: Policy.Ramp(start: .percent(10), duration: .seconds(30)),
        calls: Policy.Calls(limit: 1)))
    close()
    #expect(!passes(0.5))
    #expect(subject.breaker.callsOut == 0)
    #expect(passes(0.05))
    subject.chance = 0.5
    guard case .deny(.ramp, _) = subject.allow() else {
      Issue.record("the ramp comes before the limit")
      return
    }
    subject.chance = 0.05
    #expect(subject.allow() == .deny(.saturated, retryAfter: nil))
  }
}
