import Foundation
import TestSupport
import Testing

@testable import BreakerBoard

/// Files that somebody else may have put where a board is expected: they are refused, or read without harm.
@Suite struct HostileBoardTests {
  @Test(arguments: 0..<4 as Range<UInt64>)
  func noHeaderDoesHarm(_ seed: UInt64) throws {
    let scratch = try Scratch()
    do {
      let writer = try scratch.writer()
      for number in 0..<300 { writer.publish(.closed(UInt64(number)), for: "name-\(number)") }
    }
    let good = try scratch.read()
    var random = SplitMix64(seed: seed)
    var opened = 0
    for _ in 0..<500 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let field = random.pick([0, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 60, 128, 192])
        for index in field..<field + random.pick([1, 2, 4, 8]) {
          bytes[index] = UInt8.random(in: 0...255, using: &random)
        }
      }
      if random.once(in: 3) { bytes.removeLast(Int.random(in: 1...bytes.count, using: &random)) }
      try scratch.write(bytes)
      if let reader = try? BoardReader(path: scratch.board) {
        opened += 1
        Self.use(reader, &random)
      }
    }
    #expect(opened > 0)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func noSlotDoesHarm(_ seed: UInt64) throws {
    let scratch = try Scratch()
    do { _ = try scratch.writer() }
    var bytes = try scratch.read()
    var random = SplitMix64(seed: seed)
    for _ in 0..<40 {
      for offset in stride(from: 4_096, to: bytes.count, by: 8) {
        withUnsafeBytes(of: random.next()) { bytes.replaceSubrange(offset..<offset + 8, with: $0) }
      }
      // Names that are met, whose length is a lie.
      for name in ["api", String(repeating: "n", count: 104), String(repeating: "n", count: 70_000)] {
        var name = name
        let hash = name.withUTF8 { BoardHash.hash(UnsafeRawBufferPointer($0), from: BoardHash.start(seed: 7)) }
        let slot = 4_096 + Int(hash & 1_023) * 128
        withUnsafeBytes(of: hash) { bytes.replaceSubrange(slot..<slot + 8, with: $0) }
        if random.once(in: 2) {
          withUnsafeBytes(of: UInt16(truncatingIfNeeded: name.utf8.count)) {
            bytes.replaceSubrange(slot + 16..<slot + 18, with: $0)
          }
        }
      }
      try scratch.write(bytes)
      Self.use(try BoardReader(path: scratch.board), &random)
    }
  }

  @Test(arguments: 0...200)
  func aFileOfAnyLengthIsRefused(_ length: Int) throws {
    let scratch = try Scratch()
    do { _ = try scratch.writer() }
    try scratch.write(Array(try scratch.read().prefix(length * 660)))
    #expect(throws: BoardError.self) { try BoardReader(path: scratch.board) }
  }

  /// Sizes whose product goes around.
  @Test(arguments: [0, 3, 1 << 57, 1 << 63, .max, 512, 2_048] as [UInt64])
  func aNumberOfSlotsThatIsALieIsRefused(_ slots: UInt64) throws {
    let scratch = try Scratch()
    do { _ = try scratch.writer() }
    var bytes = try scratch.read()
    withUnsafeBytes(of: slots) { bytes.replaceSubrange(24..<32, with: $0) }
    for size in [UInt64(bytes.count), slots &* 128 &+ 4_096] {
      withUnsafeBytes(of: size) { bytes.replaceSubrange(56..<64, with: $0) }
      try scratch.write(bytes)
      let error = #expect(throws: BoardError.self) { try BoardReader(path: scratch.board) }
      #expect(error?.kind == .damaged)
    }
  }

  private static func use(_ reader: BoardReader, _ random: inout SplitMix64) {
    for name in ["api", "name-7", "", String(repeating: "n", count: 104), String(repeating: "n", count: 70_000)] {
      guard let slot = reader.find(name) else { continue }
      for now in [0, Scratch.base, random.next(), .max] { _ = slot.decide(at: now) }
      _ = slot.slowCall
    }
    _ = reader.status
    _ = reader.changes &+ reader.overflow &+ reader.heartbeat
  }
}
