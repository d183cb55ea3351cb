import TestSupport
import Testing

@testable import BreakerBoard

/// The layout is a contract: every number of it is written down here once more.
@Suite struct BoardLayoutTests {
  typealias Header = BoardLayout.Header
  typealias Slot = BoardLayout.Slot

  @Test func theNumbersAreThoseOfTheContract() {
    #expect(withUnsafeBytes(of: BoardLayout.magic) { Array($0) } == Array("BRKBOARD".utf8))
    #expect(BoardLayout.majorVersion == 1)
    #expect(BoardLayout.minorVersion == 0)
    #expect(BoardLayout.headerSize == 4096)
    #expect(BoardLayout.slotSize == 128)
    #expect(BoardLayout.leastSlots == 1024)
    #expect(BoardLayout.steps == 32)
    #expect(BoardLayout.nameCapacity == 104)
    #expect(BoardLayout.patience == 2_000_000_000)
    #expect(BoardLayout.lead == 50_000_000)
    #expect(
      [
        Header.magic, Header.majorVersion, Header.minorVersion, Header.headerSize, Header.slotSize, Header.slots,
        Header.seed, Header.epoch, Header.base, Header.fileSize, Header.status, Header.heartbeat, Header.changes,
        Header.overflow,
      ] == [0, 8, 12, 16, 20, 24, 32, 40, 48, 56, 128, 192, 256, 320])
    #expect([Slot.hash, Slot.word, Slot.nameLength, Slot.slowCall, Slot.name] == [0, 8, 16, 20, 24])
    #expect(Slot.name + BoardLayout.nameCapacity == BoardLayout.slotSize)
    #expect(BoardStatus.allCases.map(\.rawValue) == [1, 2, 3])
    #expect(
      BoardState.allCases.map { "\($0)=\($0.rawValue)" } == [
        "ask=0", "closed=1", "open=2", "halfOpen=3", "forcedOpen=4", "forcedClosed=5", "observe=6",
      ])
  }

  @Test func aFileIsByteForByteThis() throws {
    let scratch = try Scratch()
    let identity = BoardIdentity(
      epoch: 0x1122_3344_5566_7788, seed: 0x99AA_BBCC_DDEE_FF00, base: 0x0102_0304_0506_0708)
    let writer = try BoardWriter(path: scratch.board, identity: identity)
    try writer.place(at: 0x0807_0605_0403_0201)
    let word = BoardWord(.open, asks: true, generation: 0xFF_ABCDEF, retryTicks: 0x1234_5678)
    #expect(writer.publish(word, slowCall: 0xCAFE, for: "api"))

    let bytes = try scratch.read()
    #expect(bytes.count == 4096 + 1024 * 128)
    var header: [UInt8] = Array("BRKBOARD".utf8)
    header += [1, 0, 0, 0, 0, 0, 0, 0]  // versions
    header += [0, 16, 0, 0, 128, 0, 0, 0]  // sizes of header and slot
    header += [0, 4, 0, 0, 0, 0, 0, 0]  // slots
    header += [0x00, 0xFF, 0xEE, 0xDD, 0xCC, 0xBB, 0xAA, 0x99]  // seed
    header += [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]  // epoch
    header += [8, 7, 6, 5, 4, 3, 2, 1]  // base
    header += [0, 16, 2, 0, 0, 0, 0, 0]  // size of the file
    header += [UInt8](repeating: 0, count: 64) + [1, 0, 0, 0, 0, 0, 0, 0]  // status
    header += [UInt8](repeating: 0, count: 56) + [1, 2, 3, 4, 5, 6, 7, 8]  // heartbeat
    header += [UInt8](repeating: 0, count: 56) + [1, 0, 0, 0, 0, 0, 0, 0]  // changes
    header += [UInt8](repeating: 0, count: 4096 - header.count)
    #expect(Array(bytes[..<4096]) == header)

    // Computed elsewhere: FNV-1a of the seed's bytes, then "api".
    let hash: UInt64 = 0xD222_5A3A_D9DE_1607
    let slot = 4096 + Int(hash & 1023) * 128
    var expected = withUnsafeBytes(of: hash) { Array($0) }
    expected += [0x12, 0xEF, 0xCD, 0xAB, 0x78, 0x56, 0x34, 0x12]  // word
    expected += [3, 0, 0, 0, 0xFE, 0xCA, 0, 0]  // length of the name, slow
    expected += Array("api".utf8)
    expected += [UInt8](repeating: 0, count: 128 - expected.count)
    #expect(Array(bytes[slot..<slot + 128]) == expected)
    #expect(bytes[4096...].count { $0 != 0 } == expected.count { $0 != 0 })
  }

  @Test(
    arguments: [
      (0, "", 0xA8C7_F832_281A_39C5), (0, "api", 0xAB4F_FADB_623B_A927), (1, "api", 0xB5DB_BCE4_8484_F83C),
      (UInt64.max, "payments-api.example.com", 0xA466_86A7_88AB_CDA0),
    ] as [(UInt64, String, UInt64)])
  func hashesAreFNV1a(_ seed: UInt64, _ name: String, _ expected: UInt64) {
    var name = name
    let hash = name.withUTF8 {
      BoardHash.hash(UnsafeRawBufferPointer($0), from: BoardHash.start(seed: seed))
    }
    #expect(hash == expected)
  }

  @Test func aHashOf0Becomes1() {
    let name = [UInt8(ascii: "a")]
    #expect(name.withUnsafeBytes { BoardHash.hash($0, from: UInt64(name[0])) } == 1)
  }
}
