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
    #expect(try !store.trimEvents(keeping: 3))
    #expect(try store.sequences() == [1, 2, 3])
  }

  @Test func trimsTheOldestInSlices() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(events: (1...2_500).map { .plain($0 * 2) }))
    store.close()
    let again = try Store(path: scratch.database)
    #expect(try !again.trimEvents(keeping: 2_500))
    #expect(try again.trimEvents(keeping: 10))
    #expect(try again.sequences().count == 1_500)
    #expect(try again.trimEvents(keeping: 10))
    #expect(try !again.trimEvents(keeping: 10))
    #expect(try again.sequences() == (2_491...2_500).map { $0 * 2 })
    #expect(try !again.trimEvents(keeping: -1))
    #expect(try again.sequences().isEmpty)
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
