import BreakerStore
import Testing

@Suite struct StoreLoadTests {
  @Test(arguments: [
    "content = x''", "content = content || x'00'", "content = x'FF' || substr(content, 2)",
    "content = substr(content, 1, length(content) - 1)", "name = 'c'", "checksum = checksum + 1",
  ])
  func leavesOutARowThatWasChanged(_ change: String) throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    var changed = BreakerRow.plain("b")
    changed.untilWall = 5
    try store.commit(Batch(rows: [.plain("a"), changed, .plain("z")]))
    store.close()
    try behind(scratch.database, "UPDATE breakers SET \(change) WHERE name = 'b'")

    let again = try Store(path: scratch.database)
    var names: [String] = []
    let damaged = change == "name = 'c'" ? "c" : "b"
    let expected = LoadReport(rows: 2, damaged: 1, damagedNames: [damaged])
    #expect(try again.load { names.append($0.name) } == expected)
    #expect(names == ["a", "z"])
    // Saving it mends it.
    try again.commit(Batch(rows: [.plain(damaged)]))
    #expect(try again.all().count == 3)
  }

  @Test func leavesOutTextThatIsNone() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: (0..<20).map { .plain("breaker-\($0)") }))
    store.close()
    try behind(scratch.database, "UPDATE breakers SET name = CAST(x'FF' || name AS TEXT)")
    let again = try Store(path: scratch.database)
    let report = try again.load { Issue.record("handed over \($0)") }
    #expect(report.damaged == 20)
    #expect(report.damagedNames.count == 8)
    #expect(report.damagedNames.first == "\u{FFFD}breaker-0")
  }

  @Test func readsWhatWasNotCheckpointed() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: (0..<1_000).map { .plain("breaker-\($0)") }))
    #expect(store.checkpointIfIdle() == nil)
    try store.commit(Batch(rows: (1_000..<2_000).map { .plain("breaker-\($0)") }))
    #expect(try store.all().count == 2_000)
  }
}
