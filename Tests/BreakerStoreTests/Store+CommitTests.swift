import BreakerStore
import Testing

@Suite struct StoreCommitTests {
  @Test func keepsOddValues() throws {
    let scratch = try Scratch()
    let rows = [
      BreakerRow(name: "", state: 0, generation: 0, sinceWall: 0),
      BreakerRow(
        name: String(repeating: "n", count: 100), state: .max, generation: .min, sinceWall: -1, untilWall: .max,
        length: .min, openings: .max, overrides: "a=b c=d", explanation: Array("naïve 🦊\n".utf8),
        figures: (0...255).map { $0 }),
      BreakerRow(
        name: "nul\0inside", state: -1, generation: 1 << 40, sinceWall: 1, untilWall: 0, length: 0, openings: -7,
        overrides: "\0", explanation: [120, 0], figures: [0]),
      BreakerRow(
        name: "nul", state: 2, generation: 3, sinceWall: 4, overrides: String(repeating: "o", count: 100_000),
        figures: [UInt8](repeating: 0xFF, count: 1_000_000)),
    ]
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: rows))
    let sorted = rows.sorted { $0.name < $1.name }
    #expect(try store.all() == sorted)
    store.close()
    #expect(try Store(path: scratch.database).all() == sorted)
  }

  @Test func replacesAndRemoves() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("a"), .plain("b"), .plain("c")]))
    try store.commit(Batch(rows: [.plain("b", generation: 2)], removed: ["a", "never"]))
    #expect(try store.all() == [.plain("b", generation: 2), .plain("c")])
    // A name in both is kept.
    try store.commit(Batch(rows: [.plain("c", generation: 3)], removed: ["b", "c"]))
    #expect(try store.all() == [.plain("c", generation: 3)])
  }

  @Test func theLaterOfTwoRowsWithOneNameCounts() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    let names = ["b", "a", "shared-prefix-1", "shared-prefix-2", "shared"]
    let rows = (1...40).flatMap { round in names.map { BreakerRow.plain($0, generation: Int64(round)) } }
    try store.commit(Batch(rows: rows))
    #expect(try store.all() == names.sorted().map { .plain($0, generation: 40) })
  }

  @Test func aBatchIsKeptWholeOrNotAtAll() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("a")], counters: StoredCounters(generation: 5, sequence: 5)))
    store.close()
    try behind(
      scratch.database,
      "CREATE TRIGGER no BEFORE UPDATE ON counters BEGIN SELECT raise(ABORT, 'not today'); END")
    let again = try Store(path: scratch.database)
    let batch = Batch(
      rows: [.plain("b")], removed: ["a"], events: [.plain(1)], counters: StoredCounters(generation: 9, sequence: 9))
    let error = try #require(failure { () throws(StoreError) in try again.commit(batch) })
    #expect(error.kind == .other)
    #expect(error.message == "not today")
    #expect(error.sql?.hasPrefix("UPDATE counters") == true)
    #expect(try again.all() == [.plain("a")])
    #expect(try again.sequences().isEmpty)
    #expect(again.counters == StoredCounters(generation: 5, sequence: 5))
    // And it can be used on.
    try again.commit(Batch(rows: [.plain("c")]))
    #expect(try again.all() == [.plain("a"), .plain("c")])
  }

  @Test func countersNeverGoBack() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(counters: StoredCounters(generation: 10, sequence: 20)))
    try store.commit(Batch(counters: StoredCounters(generation: 5, sequence: 30)))
    #expect(store.counters == StoredCounters(generation: 10, sequence: 30))
    store.close()
    #expect(try Store(path: scratch.database).counters == StoredCounters(generation: 10, sequence: 30))
  }

  @Test func severalBatchesAreOneCommit() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    let parts = (1...3).map { part in
      Batch(
        rows: [.plain("part-\(part)")], events: [.plain(Int64(part))],
        counters: StoredCounters(generation: Int64(part == 2 ? 9 : part), sequence: 1))
    }
    try store.commit(parts: parts)
    #expect(try store.all().map(\.name) == ["part-1", "part-2", "part-3"])
    #expect(store.counters.generation == 9)
    #expect(try store.newestEvent() == 3)
  }

  @Test func anEmptyBatchIsNothing() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    #expect(Batch().isEmpty)
    try store.commit(Batch())
    #expect(try store.all().isEmpty)
  }
}
