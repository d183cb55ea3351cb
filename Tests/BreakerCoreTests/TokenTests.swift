import BreakerCore
import Testing

@Suite struct TokenTests {
  @Test(arguments: [(1, 1), (0xFF_FFFF, 0xFF_FFFF), (0x100_0000, 0), (0x12_3456_789A, 0x56_789A), (.max, 0xFF_FFFF)])
  func carriesTheLow24Bits(generation: UInt64, carried: UInt32) {
    #expect(Token(generation: generation).generation == carried)
  }

  @Test func aWholeGenerationNumberIsNotNeededToBelong() {
    let moment = Moment(now: .zero, nextGeneration: 0x7_00_00_05, chance: 0)
    var breaker = Breaker(following: Policy(trip: .atOnce), at: moment)
    let late = Report(.ok, token: Token(generation: 4), caller: .someone)
    #expect(breaker.report(late, at: moment) == .stale)
    let onTime = Report(.ok, token: Token(generation: 5), caller: .someone)
    #expect(breaker.report(onTime, at: moment) == .counted)
    #expect(breaker.totals[.stale] == 1)
  }
}
