import BreakerCore
import Testing

/// A limit of calls at once: a slot for each, given back by its report, its lease's end, or the loss of its connection.
@Suite struct SlotTests {
  private func subject(
    limit: Int? = 2, overdue: Timespan? = nil, trip: Policy.Trip = .init(consecutiveFailures: 3),
    halfOpen: Policy.HalfOpen = Policy.HalfOpen()
  ) -> Subject {
    Subject(
      Policy(
        trip: trip, open: .steady, halfOpen: halfOpen,
        calls: Policy.Calls(limit: limit, lease: .seconds(20), overdue: overdue)))
  }

  private func token(_ decision: Decision) -> Token? {
    if case .allow(_, let token, _) = decision { token } else { nil }
  }

  @Test func eachCallHasAPermitAndALease() {
    let subject = subject()
    #expect(subject.allow() == .allow(.closed, subject.token(permit: 1), lease: .seconds(20)))
    #expect(subject.allow() == .allow(.closed, subject.token(permit: 2), lease: .seconds(20)))
    #expect(subject.allow() == .deny(.saturated, retryAfter: nil))
    #expect(subject.totals.refused == 1)
    #expect(subject.totals.failed == 0)
    #expect(subject.report(.ok, subject.token(permit: 1)) == .counted)
    #expect(subject.allow() == .allow(.closed, subject.token(permit: 3), lease: .seconds(20)))
  }

  @Test(arguments: [(nil, 20), (.seconds(1), 1), (.seconds(700), 600)] as [(Timespan?, Int64)])
  func aClientMayAskForAnotherLease(asked: Timespan?, granted: Int64) {
    #expect(subject().allow(lease: asked) == .allow(.closed, subject().token(permit: 1), lease: .seconds(granted)))
  }

  @Test func aPermitIsSettledOnce() {
    let subject = subject()
    let token = token(subject.allow())
    #expect(subject.report(.fail, token) == .counted)
    #expect(subject.report(.fail, token) == .stale)
    #expect(subject.window.failures == 1)
    #expect(subject.report(.fail, subject.token(permit: 9)) == .stale)
  }

  @Test func anIgnoreGivesTheSlotBack() {
    let subject = subject(limit: 1)
    subject.report(.ignore, token(subject.allow()))
    #expect(subject.window.total == 0)
    #expect(subject.isAllowed())
  }

  @Test func aLeaseEndsAtItsTimeAndCountsAsNothing() {
    let subject = subject(limit: 1)
    let token = token(subject.allow())
    #expect(subject.pass(.seconds(20) - .tick).isEmpty)
    #expect(!subject.isAllowed())
    #expect(subject.pass(.tick).isEmpty)
    #expect(subject.breaker.callsOut == 0)
    #expect(subject.totals.refused == 1 && subject.totals[.refusedSaturated] == 1)
    #expect(subject.totals.failed == 0 && subject.totals.ok == 0 && subject.totals[.lapsed] == 0)
    #expect(subject.isAllowed())
    #expect(subject.report(.fail, token) == .stale)
  }

  @Test func aBoundConnectionTakesItsSlotsAlong() {
    let subject = subject(limit: 3)
    for caller in [Caller.bound, .someone, .bound] { #expect(subject.isAllowed(caller)) }
    #expect(subject.lose(.bound) == 2)
    #expect(subject.lose(.someone) == 0)
    #expect(subject.breaker.callsOut == 1)
    subject.pass(.seconds(20))
    #expect(subject.breaker.callsOut == 0)
  }

  @Test func aReportWithoutTokenTakesTheConnectionsOldestSlot() {
    let subject = subject(limit: 3)
    for caller in [Caller.colleague, .someone, .someone] { #expect(subject.isAllowed(caller)) }
    #expect(subject.report(.ok, by: .someone) == .counted)
    #expect(subject.report(.ok, subject.token(permit: 2)) == .stale)
    #expect(subject.report(.ok, subject.token(permit: 3)) == .counted)
    // None of its own is left: it counts like any, and takes nobody's.
    #expect(subject.report(.ok, by: .someone) == .counted)
    #expect(subject.breaker.callsOut == 1)
    #expect(subject.window.total == 3)
  }

  @Test func severalSuccessesTakeNone() {
    let subject = subject()
    #expect(subject.isAllowed())
    #expect(subject.report(.ok, n: 2) == .counted)
    #expect(subject.breaker.callsOut == 1)
  }

  @Test func aSlotOutlivesItsGeneration() {
    let subject = subject()
    let old = [token(subject.allow(.colleague)), token(subject.allow(.stranger))]
    subject.fail(3)
    #expect(subject.state == .open)
    #expect(subject.allow() == .deny(.open, retryAfter: .seconds(5)), "open before saturated")
    subject.pass(.seconds(5))
    #expect(subject.state == .halfOpen)
    #expect(subject.allow() == .deny(.saturated, retryAfter: nil))
    #expect(subject.report(.fail, old[0]) == .stale)
    #expect(subject.allow() == .allow(.halfOpen, subject.token(permit: 1), lease: .seconds(30)))
    #expect(subject.report(.ok).target == .closed)
    #expect(subject.breaker.callsOut == 1)
    #expect(subject.isAllowed())
    #expect(!subject.isAllowed())
    // Without a token it is judged as if it carried that of its slot.
    #expect(subject.report(.fail, by: .stranger) == .stale)
    #expect(subject.window == .zero)
    #expect(subject.isAllowed())
  }

  @Test func aProbesSlotEndsWithItsEpisode() {
    let subject = subject(limit: 1, halfOpen: .init(probes: 3, verdict: .calls(5, failureRate: .percent(50))))
    subject.fail(3)
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
    #expect(subject.allow() == .deny(.saturated, retryAfter: nil))
    subject.reset()
    #expect(subject.breaker.callsOut == 0)
    #expect(subject.isAllowed())
  }

  @Test func aProbeComesBeforeAnOlderSlotOfTheConnection() {
    let subject = subject()
    let slot = token(subject.allow(.someone))
    for _ in 0..<3 { subject.report(.fail, by: .stranger) }
    subject.pass(.seconds(5))
    #expect(subject.isAllowed(.someone))
    #expect(subject.report(.ok, by: .someone).target == .closed)
    #expect(subject.breaker.callsOut == 1)
    #expect(subject.report(.ok, slot) == .stale)
    #expect(subject.breaker.callsOut == 0)
  }

  @Test func anOwnSlotComesBeforeAStrangersProbe() {
    let subject = subject(limit: 3)
    #expect(subject.isAllowed(.someone))
    for _ in 0..<3 { subject.report(.fail, by: .stranger) }
    subject.pass(.seconds(5))
    #expect(subject.isAllowed(.colleague))
    subject.lose(.colleague)
    #expect(subject.report(.ok, by: .someone) == .stale)
    #expect(subject.state == .halfOpen)
    #expect(subject.report(.ok, by: .someone).target == .closed)
  }

  @Test func whileForcedNobodyTakesASlotAndNoneIsLost() {
    let subject = subject(limit: 1)
    let token = token(subject.allow())
    subject.force(.closed)
    for _ in 0..<3 { #expect(subject.allow() == .allow(.forcedClosed, subject.token(), lease: nil)) }
    subject.force(.observe)
    #expect(subject.allow() == .allow(.observe, subject.token(), lease: nil))
    subject.release()
    #expect(!subject.isAllowed())
    #expect(subject.report(.fail, token) == .stale)
    #expect(subject.isAllowed())
  }

  @Test func aChangedLimitHoldsFromThenOn() {
    let subject = subject(limit: nil, overdue: .seconds(10))
    for _ in 0..<3 { #expect(subject.isAllowed()) }
    subject.adopt(Policy(calls: Policy.Calls(limit: 2, lease: .seconds(20))))
    #expect(!subject.isAllowed())
    for _ in 0..<2 { subject.report(.ok) }
    #expect(subject.isAllowed())
    subject.adopt(Policy())
    #expect(subject.breaker.callsOut == 2)
    #expect(subject.allow() == .allow(.closed, subject.token(), lease: nil))
  }

  @Test func noSlotSurvivesARestart() {
    let subject = subject(limit: 1)
    let token = token(subject.allow())
    let moment = Moment(now: subject.now, nextGeneration: 2, chance: 0)
    var after = Breaker(following: subject.breaker.policy, remembering: subject.breaker.memory, at: moment)
    #expect(after.report(Report(.fail, token: token, caller: .someone), at: moment) == .stale)
    guard case .allow(.closed, _, .some) = after.allow(.someone, at: moment) else {
      Issue.record("the slot of before is still taken")
      return
    }
  }

  @Test func noNewCallIsTakenForOneOfBeforeTheRestart() {
    let subject = subject(limit: 1)
    let token = token(subject.allow())
    let moment = Moment(now: subject.now, nextGeneration: 2, chance: 0.5)
    var after = Breaker(following: subject.breaker.policy, remembering: subject.breaker.memory, at: moment)
    #expect(after.generation == subject.generation)
    guard case .allow(.closed, let new, .some) = after.allow(.stranger, at: moment) else {
      Issue.record("the slot of before is still taken")
      return
    }
    #expect(after.report(Report(.fail, token: token, caller: .someone), at: moment) == .stale)
    #expect(after.allow(.someone, at: moment) == .deny(.saturated, retryAfter: nil))
    #expect(after.report(Report(.ok, token: new, caller: .stranger), at: moment) == .counted)
  }

  @Test func callsOutliveAnotherMemory() {
    let subject = subject(limit: 2)
    let tokens = (0..<2).map { _ in token(subject.allow()) }
    subject.report(.ok, tokens[0])
    let moment = Moment(now: subject.now, nextGeneration: 2, chance: 0.5)
    var memory = subject.breaker.memory
    memory.generation = 77
    var other = Breaker(following: subject.breaker.policy, remembering: memory, at: moment)
    other.takeOverCalls(of: subject.breaker)
    #expect(other.callsOut == 1)
    #expect(other.allow(.stranger, at: moment) != .deny(.saturated, retryAfter: nil))
    #expect(other.allow(.stranger, at: moment) == .deny(.saturated, retryAfter: nil))
    #expect(other.report(Report(.ok, token: tokens[1], caller: .someone), at: moment) == .stale)
    #expect(other.callsOut == 1)
  }

  @Test func whoMayOnlyLookTakesNoSlot() {
    let subject = subject(limit: 1)
    for _ in 0..<3 { #expect(subject.look() == .allow(.closed, subject.token(), lease: nil)) }
    #expect(subject.breaker.callsOut == 0)
    #expect(subject.isAllowed())
    #expect(subject.look() == .deny(.saturated, retryAfter: nil))
    subject.fail(3)
    #expect(subject.look() == .deny(.open, retryAfter: .seconds(5)))
    subject.pass(.seconds(5))
    #expect(subject.look() == .deny(.halfOpen, retryAfter: nil))
    #expect(subject.breaker.permitsOut == 0)
  }

  @Test func nobodyGetsLessThanTheUsualLeaseForAskingForMore() {
    let calls = Policy.Calls(limit: 1, lease: .seconds(3_600))
    let subject = Subject(Policy(halfOpen: Policy.HalfOpen(maxLease: .seconds(600)), calls: calls))
    #expect(
      subject.allow(lease: .seconds(7_200)) == .allow(.closed, subject.token(permit: 1), lease: .seconds(3_600)))
  }

  @Test func theOldestHoldersAreNamed() {
    let subject = subject(limit: 100, overdue: .seconds(5))
    #expect(subject.breaker.holders(3).isEmpty)
    for number in 1...20 {
      #expect(subject.isAllowed(Caller(connection: UInt64(number), pid: Int32(number))))
      subject.pass(.milliseconds(10))
    }
    subject.report(.ok, subject.token(permit: 2))
    let begin = subject.now - .milliseconds(200)
    #expect(subject.breaker.holders(3).map(\.caller.pid) == [1, 3, 4])
    #expect(subject.breaker.holders(100).count == 19)
    #expect(
      subject.breaker.holders(1) == [
        Holder(
          caller: Caller(connection: 1, pid: 1), token: subject.token(permit: 1), since: begin,
          expires: begin + .seconds(20), isProbe: false, isOverdue: false)
      ])
    subject.pass(.milliseconds(4_800))
    #expect(subject.breaker.holders(3).map(\.isOverdue) == [true, false, false])
  }

  @Test func aProbeIsAHolderToo() {
    let subject = subject(overdue: .seconds(1), halfOpen: .init(verdict: .calls(2, failureRate: .percent(100))))
    subject.fail(3)
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
    let holder = subject.breaker.holders(8)
    #expect(holder.map(\.isProbe) == [true] && holder.map(\.token) == [subject.token(permit: 1)])
    subject.pass(.seconds(1))
    #expect(subject.breaker.holders(8).map(\.isOverdue) == [true])
    #expect(subject.breaker.holders(8).map(\.token) == [subject.token(permit: 1)])
  }

  @Test func whereThereIsLittleRoomCallsAreNotWatched() {
    for room in [Moment.Room.slotsOnly, .none] {
      let subject = subject(limit: nil, overdue: .seconds(5), trip: .atOnce)
      subject.room = room
      #expect(subject.allow() == .allow(.closed, subject.token(), lease: nil))
      #expect(subject.pass(.seconds(60)).isEmpty)
      #expect(subject.report(.fail, subject.token()).target == .open)
    }
  }

  @Test func whereThereIsNoRoomALimitRefuses() {
    let subject = subject()
    subject.room = .slotsOnly
    #expect(subject.isAllowed())
    subject.room = .none
    #expect(subject.allow() == .deny(.saturated, retryAfter: nil))
    subject.room = .free
    #expect(subject.isAllowed())
    #expect(!subject.isAllowed())
  }

  @Test func aChangeInCallsOutIsToldOnce() {
    let subject = subject(limit: 3)
    let tokens = (0..<3).map { _ in token(subject.allow()) }
    #expect(subject.takeChangeInCallsOut() == 3)
    subject.report(.ok, tokens[1])
    #expect(subject.takeChangeInCallsOut() == -1)
    #expect(subject.takeChangeInCallsOut() == 0)
    subject.pass(.seconds(20))
    #expect(subject.takeChangeInCallsOut() == -2)
  }

  @Test func manyCallsAreFoundByTokenConnectionAndTime() {
    let subject = subject(limit: 10_000)
    for number in 0..<10_000 {
      let caller = Caller(connection: UInt64(number % 100), isBound: number % 100 == 7)
      #expect(subject.isAllowed(caller, lease: .milliseconds(Int64(number % 50 + 1))))
    }
    #expect(!subject.isAllowed())
    for number in stride(from: 1, through: 10_000, by: 3) {
      #expect(subject.report(.ok, subject.token(permit: UInt32(number))) == .counted)
    }
    let lost = (0..<10_000).filter { $0 % 100 == 7 && $0 % 3 != 0 }.count
    #expect(subject.lose(Caller(connection: 7)) == lost)
    #expect(subject.breaker.callsOut == 10_000 - 3_334 - lost)
    subject.pass(.milliseconds(25))
    let left = (0..<10_000).filter { $0 % 100 != 7 && $0 % 3 != 0 && $0 % 50 + 1 > 25 }
    #expect(subject.breaker.callsOut == left.count)
    let own = left.filter { $0 % 100 == 30 }.map { UInt32($0 + 1) }
    #expect(subject.report(.ok, by: Caller(connection: 30)) == .counted)
    #expect(subject.report(.ok, subject.token(permit: own[0])) == .stale)
    subject.pass(.milliseconds(25))
    #expect(subject.breaker.callsOut == 0)
    #expect(subject.breaker.nextDeadline == .never)
  }
}
