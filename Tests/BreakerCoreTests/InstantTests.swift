import BreakerCore
import Testing

@Suite struct InstantTests {
  private let first = Instant(microseconds: .min)

  @Test func whatComesTooLateNeverComes() {
    #expect(Instant(microseconds: .max - 5) + .microseconds(6) == .never)
    #expect(Instant.never + .tick == .never)
    #expect(Instant.zero + .microseconds(.max) == .never)
  }

  @Test func whatLiesTooFarBackIsTheFirst() {
    #expect(first - .tick == first)
    #expect(Instant(microseconds: -9) - .microseconds(.max) == first)
  }

  @Test func differencesAreCut() {
    #expect(Instant.never - first == .microseconds(.max))
    #expect(first - Instant.never == .microseconds(.min))
    #expect(Instant(microseconds: 3) - Instant(microseconds: 5) == .microseconds(-2))
  }

  @Test func spansAreCut() {
    #expect(Timespan.seconds(.max) == .microseconds(.max))
    #expect(Timespan.milliseconds(.min) == .microseconds(.min))
    #expect(Timespan.seconds(2) == .milliseconds(2_000))
  }

  @Test(arguments: [(0, 0), (1, 1), (999, 1), (1_000, 1), (1_001, 2), (-1, 0), (-1_000, -1)] as [(Int64, Int64)])
  func millisecondsAreRoundedUp(microseconds: Int64, milliseconds: Int64) {
    #expect(Timespan.microseconds(microseconds).millisecondsRoundedUp == milliseconds)
  }

  @Test func evenTheLongest() {
    #expect(Timespan.microseconds(.max).millisecondsRoundedUp == .max / 1_000 + 1)
  }
}
