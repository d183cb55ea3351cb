import Foundation
import TestSupport
import Testing

@testable import BreakerBoard

/// docs/board.md is held against the code.
@Suite struct BoardPageTests {
  typealias Header = BoardLayout.Header
  typealias Slot = BoardLayout.Slot

  @Test func theHeaderHasTheseFields() throws {
    try expect(
      [
        "\(Header.magic) 8 bytes magic", "\(Header.majorVersion) u32 major version",
        "\(Header.minorVersion) u32 minor version", "\(Header.headerSize) u32 header size",
        "\(Header.slotSize) u32 slot size", "\(Header.slots) u64 slots", "\(Header.seed) u64 seed",
        "\(Header.epoch) u64 epoch", "\(Header.base) u64 base", "\(Header.fileSize) u64 file size",
        "\(Header.status) u64 status", "\(Header.heartbeat) u64 heartbeat", "\(Header.changes) u64 changes",
        "\(Header.overflow) u64 overflow",
      ], under: "## Header")
  }

  @Test func aSlotHasTheseFields() throws {
    try expect(
      [
        "\(Slot.hash) u64 hash", "\(Slot.word) u64 word", "\(Slot.nameLength) u16 name length",
        "\(Slot.slowCall) u32 slow_ms", "\(Slot.name) \(BoardLayout.nameCapacity) bytes name",
      ], under: "## Slot")
  }

  @Test func everyStateHasItsRow() throws {
    let names = ["ask", "closed", "open", "half-open", "forced-open", "forced-closed", "observe"]
    let bits = ["0-3 state", "4 ask", "5-7 ", "8-31 generation", "32-63 retry time"]
    let states = zip(BoardState.allCases, names).map { "\($0.rawValue) \($1)" }
    try expect(bits + states, under: "## Word", columns: 2)
  }

  @Test func theHashesAreRight() throws {
    let rows = try Self.cells("## Finding a name")
    #expect(rows.count == 4)
    for row in rows {
      let seed = try #require(UInt64(row[0]))
      var name = row[1]
      let hash = name.withUTF8 { BoardHash.hash(UnsafeRawBufferPointer($0), from: BoardHash.start(seed: seed)) }
      #expect(row[2] == "0x" + String(hash, radix: 16, uppercase: true))
    }
  }

  /// The reader in C of the page, compiled, decides as ours does.
  @Test func theReaderInCDecidesAsOurs() throws {
    let block = try #require(try DocumentationPage("docs/board.md").fencedBlocks.first { $0.file == "board.c" })
    let scratch = try Scratch()
    let main = """
      #include <stdio.h>
      #include <stdlib.h>
      int main(int count, char **words) {
        struct board b;
        if (board_open(&b, words[1])) { puts("unusable"); return 0; }
        for (int i = 3; i < count; i++) {
          const uint8_t *slot = board_find(&b, words[i]);
          printf("%d\\n", slot ? board_decide(&b, slot, atoll(words[2])) : -1);
        }
      }
      """
    try Data((block.text + main).utf8).write(to: URL(filePath: scratch["board.c"]))
    try #require(
      try Self.run("/usr/bin/env", ["clang", "-Wall", "-Werror", "-O1", "-o", scratch["c"], scratch["board.c"]]) == [])

    let writer = try scratch.writer()
    let reader = try BoardReader(path: scratch.board)
    var names: [String] = []
    for state in BoardState.allCases {
      for (asks, ticks) in [(false, UInt32.max), (true, .max), (false, 0), (false, 1), (false, 500)] {
        names.append("\(state)-\(asks)-\(ticks)")
        writer.publish(BoardWord(state, asks: asks, generation: 3, retryTicks: ticks), for: names[names.count - 1])
      }
    }
    writer.publish(BoardWord(bits: 7), for: "unknown")
    names += ["unknown", "missing", String(repeating: "n", count: 200)]
    let base = Int64(Scratch.base)
    for now in [base, base + 10_000_000, base + 2_000_000_001, base - 50_000_001] {
      let expected = names.map { Self.number(reader.find($0)?.decide(at: UInt64(now))) }
      #expect(try Self.run(scratch["c"], [scratch.board, "\(now)"] + names) == expected)
    }
    writer.stop()
    #expect(try Self.run(scratch["c"], [scratch.board, "\(base)", "closed-false-0"]) == ["3"])
    try scratch.write(Array(try scratch.read().dropLast()))
    #expect(try Self.run(scratch["c"], [scratch.board, "\(base)", "closed-false-0"]) == ["unusable"])
  }

  private static func number(_ decision: BoardDecision?) -> String {
    switch decision {
    case nil: "-1"
    case .ask: "0"
    case .allow: "1"
    case .deny: "2"
    case .gone: "3"
    }
  }

  private static func run(_ program: String, _ arguments: [String]) throws -> [String] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func expect(_ fields: [String], under heading: String, columns: Int = 3) throws {
    let found = try Self.cells(heading).map { $0.prefix(columns).joined(separator: " ") }
    #expect(found == fields)
  }

  /// The cells of the rows under a heading, without the marks of code.
  private static func cells(_ heading: String) throws -> [[String]] {
    try DocumentationPage("docs/board.md").rows(under: heading).map { row in
      row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        .map { $0.trimmingCharacters(in: [" ", "`"]) }
    }
  }
}
