import Testing

@testable import BreakerBoard

@Suite struct BoardWordTests {
  @Test(arguments: BoardState.allCases, [false, true])
  func whatIsSaidIsWhatIsRead(_ state: BoardState, _ asks: Bool) {
    let word = BoardWord(state, asks: asks, generation: 0x12_3456_789A, retryTicks: 77)
    #expect(word.bits == UInt64(state.rawValue) | (asks ? 16 : 0) | 0x56_789A << 8 | 77 << 32)
    #expect(word.state == state)
    #expect(word.asks == asks)
    #expect(word.generation == 0x56_789A)
    #expect(word.retryTicks == 77)
  }

  @Test(arguments: 7...15 as ClosedRange<UInt64>)
  func otherStatesAreUnknown(_ bits: UInt64) { #expect(BoardWord(bits: bits).state == nil) }

  @Test func withoutARetryTimeThereIsNone() {
    #expect(BoardWord(.open, generation: 1).retryTicks == 0xFFFF_FFFF)
    #expect(BoardWord(.open, generation: 1).retryTime(since: 5) == nil)
    #expect(BoardWord(.open, generation: 1, retryTicks: 3).retryTime(since: 5) == 30_000_005)
  }

  @Test(
    arguments: [
      (0, 0), (999, 0), (1_000, 0), (1_001, 1), (10_000_999, 1), (10_001_000, 1), (10_001_001, 2),
      (1_000 + 0xFFFF_FFFE * 10_000_000, 0xFFFF_FFFE), (1_001 + 0xFFFF_FFFE * 10_000_000, 0xFFFF_FFFE),
      (.max, 0xFFFF_FFFE),
    ] as [(UInt64, UInt32)])
  func retryTimesAreRoundedUpAndKeptInRange(_ time: UInt64, _ ticks: UInt32) {
    #expect(BoardWord.ticks(until: time, since: 1_000) == ticks)
  }
}
