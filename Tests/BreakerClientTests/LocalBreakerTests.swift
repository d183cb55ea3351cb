import BreakerCore
import Testing

@testable import BreakerClient

@Suite struct LocalBreakerTests {
  private static let duration = Timespan.seconds(30)

  @Test func failuresInARowOpenItAndOneCallInEachDurationTries() {
    var breaker = LocalBreaker()
    var now = Instant.zero
    func decide() -> Timespan? { breaker.decide(failures: 2, duration: Self.duration, at: now) }
    func record(_ outcome: Outcome) { breaker.record(outcome, failures: 2, duration: Self.duration, at: now) }
    record(.fail)
    record(.ok)
    record(.fail)
    #expect(decide() == nil)
    record(.ignore)
    record(.fail)
    #expect(decide() == .seconds(30))
    now = now + .seconds(29)
    #expect(decide() == .seconds(1))
    now = now + .seconds(1)
    #expect(decide() == nil)
    #expect(decide() == .seconds(30))
    record(.fail)
    now = now + .seconds(30)
    #expect(decide() == nil)
    record(.ok)
    #expect(decide() == nil)
    #expect(decide() == nil)
  }
}
