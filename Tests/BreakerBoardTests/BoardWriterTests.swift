import Foundation
import Testing

@testable import BreakerBoard

@Suite struct BoardWriterTests {
  @Test func nothingIsAtThePathUntilItIsPlaced() throws {
    let scratch = try Scratch()
    let writer = try BoardWriter(path: scratch.board, identity: BoardIdentity(epoch: 1, seed: 2, base: 3))
    writer.publish(.closed(1), for: "api")
    #expect(try scratch.names == ["board.new0"])
    try writer.place(at: 4)
    #expect(try scratch.names == ["board"])
    let reader = try BoardReader(path: scratch.board)
    #expect(reader.find("api")?.word == .closed(1))
    #expect((reader.epoch, reader.base, reader.heartbeat) == (1, 3, 4))
  }

  @Test func oneThatIsNeverPlacedLeavesNothing() throws {
    let scratch = try Scratch()
    do { _ = try BoardWriter(path: scratch.board, identity: BoardIdentity(epoch: 1, seed: 2, base: 3)) }
    #expect(try scratch.names == [])
  }

  @Test(arguments: [0o600, 0o640, 0o644])
  func permissionsAreTheGivenOnesWhateverTheUmask(_ permissions: UInt32) throws {
    let scratch = try Scratch()
    let identity = BoardIdentity(epoch: 1, seed: 2, base: 3)
    let writer = try BoardWriter(path: scratch.board, identity: identity, permissions: permissions)
    try writer.place(at: 1)
    for number in 0..<900 where !writer.needsRoom { writer.publish(.closed(1), for: "name-\(number)") }
    for _ in 0..<2 {
      let attributes = try FileManager.default.attributesOfItem(atPath: scratch.board)
      #expect(attributes[.posixPermissions] as? UInt32 == permissions)
      while try writer.grow(1_000) {}
    }
    #expect(writer.replacements == 1)
  }

  @Test func whatIsThereAlreadyIsNotStoredAgain() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    let reader = try BoardReader(path: scratch.board)
    for _ in 0..<3 { writer.publish(.closed(1), slowCall: 5, for: "api") }
    #expect(writer.changes == 1)
    #expect(reader.changes == 1)
    writer.publish(.closed(2), slowCall: 5, for: "api")
    writer.publish(.closed(2), slowCall: 6, for: "api")
    #expect(reader.changes == 3)
    #expect(reader.find("api")?.slowCall == 6)
  }

  @Test func aForgottenNameKeepsItsSlot() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    let slot = try #require(
      try {
        writer.publish(.closed(1), slowCall: 3, for: "api")
        return try BoardReader(path: scratch.board).find("api")
      }())
    writer.forget("api")
    writer.forget("api")
    writer.forget("never seen")
    #expect(slot.word == .forgotten)
    #expect(slot.slowCall == 0)
    #expect((writer.names, writer.usedSlots) == (0, 1))
    writer.publish(.closed(2), for: "api")
    #expect(slot.word == .closed(2))
    #expect((writer.names, writer.usedSlots) == (1, 1))
  }

  @Test func namesProbeLinearlyFor32StepsAndNoMore() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    // Names that all want the last slot, so that probing goes around the end.
    let names = Array((0..<100_000).map { "name-\($0)" }.filter { Self.home($0) == 1_023 }.prefix(34))
    for name in names.prefix(32) { #expect(writer.publish(.closed(1), for: name)) }
    #expect(!writer.publish(.closed(1), for: names[32]))
    #expect(!writer.publish(.closed(2), for: names[32]))
    #expect(!writer.publish(.closed(2), for: names[33]))
    let reader = try BoardReader(path: scratch.board)
    #expect((writer.overflow, reader.overflow) == (2, 2))
    #expect(reader.find(names[32]) == nil)
    let places = names.prefix(32).map { reader.find($0)?.number }
    #expect(places == [1_023] + Array(0..<31))
    writer.forget(names[32])
    #expect(reader.overflow == 1)
  }

  @Test func onlyNamesThatFitHaveASlot() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    let longest = String(repeating: "n", count: 104)
    #expect(writer.publish(.closed(1), for: longest))
    #expect(!writer.publish(.closed(1), for: longest + "n"))
    #expect(!writer.publish(.closed(1), for: ""))
    writer.forget("")
    let reader = try BoardReader(path: scratch.board)
    #expect(reader.find(longest)?.word == .closed(1))
    #expect(reader.find(longest + "n") == nil)
    #expect(reader.find("") == nil)
    #expect(reader.find(String(repeating: "n", count: 100_000)) == nil)
  }

  @Test func aFileThatGetsNoRoomIsAnErrorAndLeavesNothing() throws {
    let scratch = try Scratch()
    let identity = BoardIdentity(epoch: 1, seed: 2, base: 3)
    #expect(throws: BoardError.self) {
      try BoardWriter(path: scratch["missing/board"], identity: identity)
    }
    // Larger than any file system here can hold.
    let error = #expect(throws: BoardError.self) {
      try BoardWriter(path: scratch.board, identity: identity, names: 1 << 40)
    }
    #expect([.system(ENOSPC), .system(EFBIG)].contains(error?.kind))
    #expect(try scratch.names == [])
  }

  @Test func theEndIsSaid() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    let reader = try BoardReader(path: scratch.board)
    #expect(reader.status == .alive)
    writer.stop()
    #expect(reader.status == .stopping)
    #expect(try scratch.names == ["board"])
  }

  /// The slot that a name wants in the smallest file of ``Scratch/writer(names:seed:)``.
  private static func home(_ name: String) -> Int {
    var name = name
    let hash = name.withUTF8 { BoardHash.hash(UnsafeRawBufferPointer($0), from: BoardHash.start(seed: 7)) }
    return Int(hash & 1_023)
  }
}
