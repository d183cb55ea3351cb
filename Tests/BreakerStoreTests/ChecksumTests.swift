import Testing

@testable import BreakerStore

@Suite struct ChecksumTests {
  /// Files out there hold these: a change of the sum would make every row in them a damaged one.
  @Test func neverChanges() {
    #expect(StoredCounters().checksum == -8_790_030_566_438_465_019)
    #expect(StoredCounters(generation: 1, sequence: .min).checksum == -2_324_166_750_034_424_813)
    let row = BreakerRow(
      name: "payments-api", state: 1, generation: 2, sinceWall: 3, untilWall: 4, length: 5, openings: 6,
      overrides: "a=b", explanation: [], figures: [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(row.checksum == 7_138_161_694_666_563_876)
    let event = EventRow(
      sequence: 1, at: 2, name: "api", kind: "force", uid: 33, reason: "because", details: "k=v")
    #expect(event.checksum == -654_690_659_420_227_857)
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
          sums.insert(row.checksum)
        }
      }
    }
    // Nine texts in two places, of which the empty one is the same in both.
    #expect(sums.count == (9 * 2 - 1) * 7)
  }
}
