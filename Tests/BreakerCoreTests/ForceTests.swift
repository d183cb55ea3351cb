import BreakerCore
import Testing

@Suite struct ForceTests {
  private let subject = Subject(.atOnce)

  @Test(arguments: ForcedMode.allCases) func theSameModeAgainOnlyChangesItsEnd(mode: ForcedMode) {
    subject.force(mode, for: .seconds(60))
    let (generation, since) = (subject.generation, subject.breaker.since)
    subject.pass(.seconds(10))
    #expect(subject.force(mode, for: .seconds(5)) == nil)
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(5))
    #expect(subject.force(mode) == nil)
    #expect(subject.pass(.seconds(86_400 * 365)).isEmpty)
    #expect(subject.generation == generation)
    #expect(subject.breaker.since == since)
  }

  @Test(arguments: [(.open, .halfOpen), (.closed, .closed), (.observe, .closed)] as [(ForcedMode, State)])
  func endsAtItsTime(mode: ForcedMode, next: State) {
    let end = subject.now + .seconds(60)
    #expect(subject.force(mode, for: .seconds(60))?.until == end)
    #expect(subject.pass(.microseconds(59_999_999)).isEmpty)
    let moves = subject.pass(.tick)
    #expect(moves.map { $0.to } == [next])
    #expect(moves.map { $0.cause } == [.forceEnded])
    #expect(moves.map { $0.at } == [end])
  }

  @Test func refusesUntilItsEnd() {
    subject.force(.open, for: .seconds(60))
    #expect(subject.allow() == .deny(.forcedOpen, retryAfter: .seconds(60)))
    subject.force(.open)
    #expect(subject.allow() == .deny(.forcedOpen, retryAfter: nil))
    #expect(subject.totals.refused == 2)
  }

  @Test(arguments: [ForcedMode.open, .closed]) func onlyTotalsCount(mode: ForcedMode) {
    subject.force(mode)
    for token in [nil, subject.token()] {
      #expect(subject.report(.fail, token) == .totalsOnly)
      #expect(subject.report(.ok, token, n: 10) == .totalsOnly)
      #expect(subject.report(.ignore, token) == .totalsOnly)
    }
    #expect(subject.totals.failed == 2)
    #expect(subject.totals.ok == 20)
    #expect(subject.totals[.ignored] == 2)
    #expect(subject.window == .zero)
    #expect(subject.breaker.run == 0)
  }

  @Test(arguments: ForcedMode.allCases) func permitsBecomeStale(mode: ForcedMode) {
    subject.fail()
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
    let permit = subject.token(permit: 1)
    subject.force(mode)
    #expect(subject.breaker.permitsOut == 0)
    #expect(subject.report(.fail, permit) == .stale)
    #expect(subject.report(.fail, subject.token(permit: 1)) == .stale)
    #expect(subject.pass(.seconds(3_600)).isEmpty, "no lease runs")
  }

  @Test(arguments: ForcedMode.allCases) func theRetryTimeDoesNotRun(mode: ForcedMode) {
    subject.fail()
    subject.force(mode)
    #expect(subject.pass(.seconds(3_600)).isEmpty)
    #expect(subject.state == mode.state)
  }

  @Test func releaseOfForcedOpenWantsProof() {
    subject.force(.open, for: .seconds(60))
    #expect(subject.release()?.to == .halfOpen)
    #expect(subject.breaker.nextDeadline == .never)
    #expect(subject.isAllowed())
    #expect(subject.report(.ok).target == .closed)
    #expect(subject.totals[.opened] == 0)
  }

  @Test func otherModesEndClosedWithEmptyWindows() {
    let subject = Subject(Policy.Trip(consecutiveFailures: 3))
    subject.fail(2)
    subject.force(.observe)
    subject.fail(2)
    #expect(subject.release()?.cause == .released)
    #expect(subject.breaker.run == 0)
    subject.fail(2)
    #expect(subject.state == .closed)
  }

  @Test func aForceThatIsOverAtOnceEndsAtOnce() {
    subject.force(.open, for: .zero)
    #expect(subject.pass(.zero).map { $0.to } == [.halfOpen])
  }

  @Test func resetClearsCountsAndLapsesAndKeepsTotals() {
    subject.fail()
    subject.pass(.seconds(5))
    #expect(subject.isAllowed())
    subject.pass(.seconds(30))
    #expect(subject.breaker.lapses == 1)
    var totals = subject.totals
    let generation = subject.generation
    #expect(subject.reset().cause == .reset)
    totals[.toClosed] += 1
    #expect(subject.generation > generation)
    #expect(subject.breaker.lapses == 0)
    #expect(subject.openings == 0)
    #expect(subject.breaker.nextDeadline == .never)
    #expect(subject.totals == totals)
  }

  @Test func refusalsElsewhereAreCounted() {
    let subject = Subject(.atOnce)
    subject.refusedElsewhere(41)
    #expect(subject.totals.refused == 41)
  }
}
