import Foundation
import TestSupport
import Testing

@testable import BreakerBoard

@Suite struct BoardReaderTests {
  static let base = Scratch.base

  /// What a reader decides, at the base, while all is well: state, ask, retry time in ticks, decision.
  static let decisions: [(BoardState, Bool, UInt32, BoardDecision)] = [
    (.closed, false, .max, .allow(.closed, generation: 5)), (.closed, true, .max, .ask),
    (.closed, false, 0, .allow(.closed, generation: 5)),
    (.forcedClosed, false, .max, .allow(.forcedClosed, generation: 5)), (.forcedClosed, true, .max, .ask),
    (.observe, false, .max, .allow(.observe, generation: 5)), (.observe, true, .max, .ask),
    (.open, false, .max, .deny(.open, retryTime: nil)), (.open, true, .max, .ask),
    (.open, false, 1, .deny(.open, retryTime: base + 10_000_000)), (.open, false, 0, .ask),
    (.halfOpen, false, .max, .deny(.halfOpen, retryTime: nil)), (.halfOpen, true, .max, .ask),
    (.halfOpen, false, 3, .deny(.halfOpen, retryTime: base + 30_000_000)),
    (.forcedOpen, false, .max, .deny(.forcedOpen, retryTime: nil)), (.forcedOpen, true, .max, .ask),
    (.forcedOpen, false, 0, .deny(.forcedOpen, retryTime: base)),
    (.ask, false, .max, .ask), (.ask, true, 5, .ask),
  ]

  @Test(arguments: decisions)
  func theWordDecides(_ state: BoardState, _ asks: Bool, _ ticks: UInt32, _ decision: BoardDecision) throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    writer.publish(BoardWord(state, asks: asks, generation: 5, retryTicks: ticks), for: "api")
    let slot = try #require(try BoardReader(path: scratch.board).find("api"))
    #expect(slot.decide(at: Self.base) == decision)
  }

  @Test(arguments: 7...15 as ClosedRange<UInt64>)
  func anUnknownStateAsks(_ state: UInt64) throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    writer.publish(BoardWord(bits: state | 5 << 8), for: "api")
    #expect(try BoardReader(path: scratch.board).find("api")?.decide(at: Self.base) == .ask)
  }

  @Test func aDiscardedBoardSaysToAsk() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    writer.publish(.closed(5), for: "api")
    let reader = try BoardReader(path: scratch.board)
    let slot = try #require(reader.find("api"))
    #expect(slot.decide(at: Scratch.base) == .allow(.closed, generation: 5))
    reader.discard()
    #expect(slot.decide(at: Scratch.base) == .ask)
    #expect(reader.find("api") == nil && reader.status == nil)
    // The file is as it was.
    #expect(
      try BoardReader(path: scratch.board).find("api")?.decide(at: Scratch.base) == .allow(.closed, generation: 5))
  }

  @Test func bitsOfLaterVersionsAreIgnored() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    writer.publish(BoardWord(bits: 0b1110_0001 | 5 << 8), for: "api")
    let slot = try BoardReader(path: scratch.board).find("api")
    #expect(slot?.decide(at: Self.base) == .allow(.closed, generation: 5))
  }

  @Test func theRetryTimeItselfAsks() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    writer.publish(BoardWord(.open, generation: 5, retryTicks: 100), for: "api")
    let slot = try #require(try BoardReader(path: scratch.board).find("api"))
    let time = Self.base + 1_000_000_000
    #expect(slot.decide(at: time - 1) == .deny(.open, retryTime: time))
    #expect(slot.decide(at: time) == .ask)
    #expect(slot.decide(at: time + 1) == .ask)
  }

  @Test(
    arguments: [
      (0, true), (2_000_000_000, true), (2_000_000_001, false), (-50_000_000, true), (-50_000_001, false),
      (.max, false), (.min, false),
    ] as [(Int64, Bool)])
  func theHeartbeatIsRecent(_ age: Int64, _ isRecent: Bool) throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    writer.publish(.closed(5), for: "api")
    writer.publish(BoardWord(.open, generation: 5), for: "down")
    let now: UInt64 = 0x7000_0000_0000_0000
    writer.beat(at: now &- UInt64(bitPattern: age))
    let reader = try BoardReader(path: scratch.board)
    #expect(
      reader.find("api")?.decide(at: now) == (isRecent ? .allow(.closed, generation: 5) : .gone(.stale)))
    #expect(reader.find("down")?.decide(at: now) == (isRecent ? .deny(.open, retryTime: nil) : .gone(.stale)))
  }

  @Test(arguments: BoardState.allCases, [2, 3, 0, 4, .max] as [UInt64])
  func nothingIsDecidedUnlessTheBoardIsAlive(_ state: BoardState, _ status: UInt64) throws {
    let scratch = try Scratch()
    do {
      let writer = try scratch.writer()
      writer.publish(BoardWord(state, generation: 5), for: "api")
    }
    var bytes = try scratch.read()
    withUnsafeBytes(of: status) { bytes.replaceSubrange(128..<136, with: $0) }
    try scratch.write(bytes)
    let decision = try BoardReader(path: scratch.board).find("api")?.decide(at: Self.base)
    switch status {
    case 2: #expect(decision == .gone(.replaced))
    case 3: #expect(decision == .gone(.stopping))
    default: #expect(state == .ask && decision == nil || decision == .ask)
    }
  }

  @Test func aForgottenNameAsks() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    writer.publish(.closed(5), for: "api")
    let slot = try BoardReader(path: scratch.board).find("api")
    writer.forget("api")
    #expect(slot?.decide(at: Self.base) == .ask)
  }

  @Test func onlyTheExpectedOwnersFileIsTaken() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    #expect(throws: Never.self) { try BoardReader(path: scratch.board, owner: geteuid()) }
    let error = #expect(throws: BoardError.self) { try BoardReader(path: scratch.board, owner: geteuid() + 1) }
    #expect(error?.kind == .otherOwner(geteuid()))
    _ = writer
  }

  @Test func whereNoFileIsNoneIsMapped() throws {
    let error = #expect(throws: BoardError.self) { try BoardReader(path: Scratch().board) }
    #expect(error?.kind == .system(ENOENT))
  }

  @Test func aSlotKeepsItsFileMapped() throws {
    let scratch = try Scratch()
    let slot = try {
      let writer = try scratch.writer()
      writer.publish(.closed(5), for: "api")
      return try BoardReader(path: scratch.board).find("api")
    }()
    try FileManager.default.removeItem(atPath: scratch.board)
    #expect(slot?.decide(at: Self.base) == .allow(.closed, generation: 5))
  }

  @Test func theCoarseClockIsNearTheExactOne() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let exact = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    #expect(exact - Int64(BoardClock.coarse) < BoardLayout.lead)
  }
}
