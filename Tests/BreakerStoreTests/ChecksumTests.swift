import Testing

@testable import BreakerStore

@Suite struct ChecksumTests {
  /// Files out there hold these: a change of the sum would make every row in them a damaged one.
  @Test func neverChanges() {
    #expect(StoredCounters().checksum == -8_790_030_566_438_465_019)
    #expect(StoredCounters(generation: 1, sequence: .min).checksum == -2_324_166_750_034_424_813)
    #expect(sum("payments-api", [1, 2, 3, 4, 5, 6, 7, 8, 9]) == 6_906_595_145_433_293_636)
    let event = EventRow(
      sequence: 1, at: 2, name: "api", kind: "force", uid: 33, reason: "because", details: "k=v")
    #expect(event.checksum == -654_690_659_420_227_857)
  }

  /// Nor does the content that it is a sum of.
  @Test func theContentNeverChanges() {
    let row = BreakerRow(
      name: "payments-api", state: 1, generation: 200, sinceWall: -3, untilWall: 4, length: nil, openings: 6,
      overrides: "a=b", explanation: [], figures: [7, 8])
    #expect(row.content == [2, 0x90, 3, 5, 2, 8, 0, 12, 6, 97, 61, 98, 0, 4, 7, 8])
  }

  private func sum(_ name: String, _ content: [UInt8]) -> Int64 {
    Array(name.utf8).withUnsafeBytes { name in
      content.withUnsafeBytes { BreakerRow.checksum(name: name, content: $0) }
    }
  }

  @Test func tellsValuesApart() {
    var sums: Set<Int64> = []
    for fill in ["", "a", "b", "aa", "a\0", "\0", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaa\0"] {
      for (untilWall, length) in [(nil, nil), (0, nil), (nil, 0), (0, 0), (1, 0), (0, 1), (.min, .min)]
        as [(Int64?, Int64?)]
      {
        for first in [true, false] {
          let row = BreakerRow(
            name: "n", state: 0, generation: 0, sinceWall: 0, untilWall: untilWall, length: length, openings: 0,
            overrides: first ? fill : "", explanation: first ? [] : Array(fill.utf8))
          sums.insert(sum(row.name, row.content))
        }
      }
    }
    // Nine texts in two places, of which the empty one is the same in both.
    #expect(sums.count == (9 * 2 - 1) * 7)
  }
}
