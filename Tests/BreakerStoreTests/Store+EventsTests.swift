import BreakerStore
import Testing

@Suite struct StoreEventsTests {
  @Test func keepsOddValues() throws {
    let scratch = try Scratch()
    let events = [
      EventRow(sequence: 1, at: .min, name: "", kind: ""),
      EventRow(
        sequence: 7, at: .max, name: "a\0b", kind: "force", uid: 0, pid: .max, reason: "", details: "k=v w=x%20y"),
      EventRow(sequence: .max, at: 0, name: "🦊", kind: "k", uid: nil, pid: 1, reason: "the\0reason", details: "\0"),
    ]
    let store = try Store(path: scratch.database)
    try store.commit(Batch(events: events.reversed()))
    let found = try store.events(matching: { _ in true }, since: 0, limit: 10, scan: 10)
    #expect(found.rows == events)
    #expect(found.next == nil)
    #expect(try store.newestEvent() == .max)
  }

  @Test func goesPageByPage() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    #expect(try store.newestEvent() == 0)
    try store.commit(Batch(events: (1...100).map { .plain($0 * 3, $0 % 10 == 0 ? "ten" : "other") }))
    var found: [Int64] = []
    var pages = 0
    var since: Int64? = 0
    while let start = since {
      let page = try store.events(matching: { $0 == "ten" }, since: start, limit: 2, scan: 15)
      #expect(page.rows.count <= 2)
      found += page.rows.map(\.sequence)
      since = page.next
      pages += 1
    }
    #expect(found == (1...10).map { $0 * 30 })
    #expect(pages == 7)
    #expect(try store.events(matching: { _ in true }, since: 150, limit: 1, scan: 1).rows.first?.sequence == 153)
    // The end is known when it is reached, not a page later.
    let last = try store.events(matching: { _ in true }, since: 297, limit: 1, scan: 1)
    #expect(last.rows.map(\.sequence) == [300])
    #expect(last.next == nil)
  }

  @Test func anEventIsKeptOnce() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(events: [.plain(1), .plain(2)]))
    try store.commit(Batch(events: [.plain(2, "another"), .plain(3)]))
    #expect(
      try store.events(matching: { _ in true }, since: 0, limit: 9, scan: 9).rows.map(\.name) == ["api", "api", "api"])
    #expect(try store.sequences() == [1, 2, 3])
  }

  @Test func trimsTheOldestWithTheCommitThatGoesBeyond() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(events: (1...2_500).map { .plain($0 * 2) }))
    store.close()
    let again = try Store(path: scratch.database)
    // Not for every one: a thousand at once.
    try again.commit(Batch(events: [.plain(5_002)]), keepingEvents: 1_502)
    #expect(try again.sequences().count == 2_501)
    // What is there already is no news.
    try again.commit(Batch(rows: [.plain("api")], events: [.plain(5_002)]), keepingEvents: 0)
    #expect(try again.sequences().count == 2_501)
    try again.commit(Batch(events: [.plain(5_004)]), keepingEvents: 1_502)
    #expect(try again.sequences() == (1_001...2_502).map { $0 * 2 })
    // Never more at once than twice what has come, or a thousand.
    try again.commit(Batch(events: [.plain(5_006)]), keepingEvents: 10)
    #expect(try again.sequences() == (2_001...2_503).map { $0 * 2 })
    try again.commit(Batch(events: (2_504...4_503).map { .plain($0 * 2) }), keepingEvents: 10)
    #expect(try again.sequences() == (4_494...4_503).map { $0 * 2 })
  }

  @Test func whatPeopleDidOutlivesWhatHappenedByItself() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    func act(_ sequence: Int64) -> EventRow {
      EventRow(
        sequence: sequence, at: 0, name: "api", kind: "force", uid: 33, pid: 7, reason: "maintenance", details: "")
    }
    try store.commit(Batch(events: (1...100).map(act)))
    store.close()
    let again = try Store(path: scratch.database)
    // Half of it came of an act on many.
    func other(_ sequence: Int64) -> EventRow {
      var event = sequence.isMultiple(of: 2) ? act(sequence) : .plain(sequence)
      if event.uid != nil { event.details = "glob=a* from=open" }
      return event
    }
    for start in stride(from: Int64(101), to: 20_000, by: 1_000) {
      try again.commit(Batch(events: (start..<start + 1_000).map(other)), keepingEvents: 2_000)
    }
    #expect(Array(try again.sequences().prefix(100)) == Array(1...100))
    // A tenth of all, and not more.
    try again.commit(Batch(events: (30_000..<31_000).map(act)), keepingEvents: 2_000)
    let sequences = try again.sequences()
    #expect(sequences.count == 2_000 && Array(sequences.suffix(200)) == Array(30_800..<31_000))
    #expect(sequences.count { $0 >= 30_000 } == 200 && !sequences.contains(100))
  }

  @Test func leavesOutADamagedEvent() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(events: (1...5).map { .plain($0) }))
    store.close()
    try behind(scratch.database, "UPDATE events SET uid = 0 WHERE sequence = 2")
    try behind(scratch.database, "UPDATE events SET kind = x'FF' WHERE sequence = 4")
    #expect(try Store(path: scratch.database).sequences() == [1, 3, 5])
  }
}
