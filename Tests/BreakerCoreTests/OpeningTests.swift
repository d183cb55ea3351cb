import BreakerCore
import Testing

@Suite struct OpeningTests {
  /// Fails the first probe of a breaker that is open. Returns how long it stays open then.
  private func reopen(_ subject: Subject) -> Timespan? {
    subject.pass(subject.retryAfter ?? .zero)
    #expect(subject.isAllowed())
    subject.fail()
    return subject.retryAfter
  }

  private func length(_ open: Policy.Open, chance: Double) -> Timespan? {
    let subject = Subject(.atOnce, open)
    subject.chance = chance
    subject.fail()
    return subject.retryAfter
  }

  @Test func halfOpensAtItsTimeAndNotBefore() {
    let subject = Subject(.atOnce)
    subject.fail()
    #expect(subject.allow() == .deny(.open, retryAfter: .seconds(5)))
    #expect(subject.pass(.microseconds(4_999_999)).isEmpty)
    #expect(subject.allow() == .deny(.open, retryAfter: .tick))
    let moves = subject.pass(.tick)
    #expect(moves.map { $0.cause } == [.openElapsed])
    #expect(moves.first?.at == subject.now)
    #expect(subject.totals.refused == 2)
  }

  @Test func halfOpensAtItsTimeWheneverThatIsSeen() {
    let subject = Subject(.atOnce)
    subject.fail()
    let retry = subject.now + .seconds(5)
    #expect(subject.pass(.seconds(3_600)).map { $0.at } == [retry])
    #expect(subject.breaker.since == retry)
    #expect(subject.allow(lease: .seconds(1)) == .allow(.halfOpen, subject.token(permit: 1), lease: .seconds(1)))
    #expect(subject.breaker.nextDeadline == subject.now + .seconds(1))
  }

  @Test func drawsOutEachOpeningUpToTheLongest() {
    let subject = Subject(.atOnce, Policy.Open(jitter: .percent(0)))
    subject.fail()
    var seconds: [Int64] = [(subject.retryAfter?.microseconds ?? 0) / 1_000_000]
    for _ in 0..<6 { seconds.append((reopen(subject)?.microseconds ?? 0) / 1_000_000) }
    #expect(seconds == [5, 10, 20, 40, 80, 120, 120])
    #expect(subject.openings == 7)
    #expect(subject.totals[.opened] == 7)
  }

  @Test(
    arguments: [
      (0, 4_500_000), (0.25, 4_750_000), (0.5, 5_000_000), (1.0.nextDown, 5_500_000),
    ] as [(Double, Int64)])
  func jitterIsAShareEitherWay(chance: Double, length: Int64) {
    #expect(self.length(Policy.Open(), chance: chance) == .microseconds(length))
  }

  @Test(arguments: [(0, 900_000), (0.5, 1_000_000), (0.75, 1_000_000)] as [(Double, Int64)])
  func theLongestIsSpreadDownwards(chance: Double, length: Int64) {
    let open = Policy.Open(duration: .seconds(1), maxDuration: .seconds(1))
    #expect(self.length(open, chance: chance) == .microseconds(length))
  }

  @Test func withTheWidestJitterTheLongestIsStillTheLongest() {
    let open = Policy.Open(duration: .seconds(4), maxDuration: .seconds(5), jitter: .percent(100))
    #expect(length(open, chance: 0.75) == .seconds(5))
    #expect(length(open, chance: 0.5) == .seconds(4))
    let subject = Subject(.atOnce, open)
    subject.fail()
    // Eight seconds are cut to five before the jitter, not after it only.
    subject.chance = 0.25
    #expect(reopen(subject) == .microseconds(2_500_000))
  }

  @Test func isNeverWithoutLength() {
    #expect(length(Policy.Open(jitter: .percent(100)), chance: 0) == .milliseconds(1))
    let short = Policy.Open(duration: .microseconds(500), jitter: .percent(100))
    #expect(length(short, chance: 0) == .microseconds(500))
    #expect(length(short, chance: 0.5) == .microseconds(500))
  }

  @Test func theLongestThatCanBeSaidDoesNotTrap() {
    let endless = Policy.Open(
      duration: .microseconds(.max), backoff: 1e300, maxDuration: .microseconds(.max), jitter: .percent(100))
    #expect(length(endless, chance: 1.0.nextDown) == nil)
    let subject = Subject(
      .atOnce, Policy.Open(duration: .seconds(1), backoff: 1e300, maxDuration: .microseconds(.max)))
    subject.fail()
    #expect(reopen(subject) == nil)
    #expect(subject.state == .open)
  }

  @Test func manyOpeningsOverflowNothing() {
    let subject = Subject(.atOnce, Policy.Open(duration: .milliseconds(1), maxDuration: .milliseconds(3)))
    subject.fail()
    for _ in 0..<2_000 { _ = reopen(subject) }
    #expect(subject.openings == 2_001)
    #expect(subject.retryAfter == .milliseconds(3))
  }

  @Test func manualWaitsForAnAdmin() {
    let subject = Subject(Policy(trip: .atOnce, recovery: .manual))
    subject.fail()
    #expect(subject.allow() == .deny(.open, retryAfter: nil))
    #expect(subject.pass(.seconds(86_400 * 365)).isEmpty)
    #expect(subject.reset().to == .closed)
    #expect(subject.openings == 0)
  }
}
