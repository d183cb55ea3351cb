import BreakerStore
import Foundation
import Testing

@Suite struct StoreUpkeepTests {
  @Test func aBackupEqualsTheStore() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(
      Batch(
        rows: (0..<5_000).map { .plain("breaker-\($0)") }, events: [.plain(1), .plain(2)],
        counters: StoredCounters(generation: 77, sequence: 99)))
    try store.backup(to: scratch["copy"])
    #expect(try scratch.names == ["copy", "db", "db-wal"])
    #expect(try scratch.mode("copy") == 0o600)
    // The store goes on.
    try store.commit(Batch(rows: [.plain("later")]))

    let copy = try Store(path: scratch["copy"])
    #expect(try copy.all() == store.all().filter { $0.name != "later" })
    #expect(try copy.sequences() == [1, 2])
    #expect(copy.counters == store.counters)
  }

  @Test func aBackupReplacesNothing() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try scratch.write(Data("mine".utf8), to: "copy")
    #expect(failure { () throws(StoreError) in try store.backup(to: scratch["copy"]) }?.kind == .cantOpen)
    #expect(failure { () throws(StoreError) in try store.backup(to: scratch.database) }?.kind == .cantOpen)
    #expect(failure { () throws(StoreError) in try store.backup(to: scratch["no/copy"]) }?.kind == .cantOpen)
    #expect(try scratch.read("copy") == Data("mine".utf8))
    #expect(try scratch.names == ["copy", "db", "db-wal"])
  }

  @Test func aBackupOverwritesWhatACrashLeft() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("api")]))
    try scratch.write(Data(repeating: 1, count: 10_000), to: "copy.partial")
    try store.backup(to: scratch["copy"])
    #expect(try !scratch.names.contains("copy.partial"))
    #expect(try Store(path: scratch["copy"]).all() == [.plain("api")])
  }

  @Test func setsADamagedFileAsideOnce() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("api")]))
    // As a crash leaves it, log and all.
    let (file, log) = try (scratch.read(), scratch.read("db-wal"))
    store.close()
    try scratch.write(file)
    try scratch.write(log, to: "db-wal")

    let target = try Store.setAside(path: scratch.database)
    #expect(target.hasPrefix(scratch.database + ".damaged-2"))
    let name = String(target.dropFirst(scratch.directory.count + 1))
    #expect(try scratch.names == [name, name + "-wal"])
    #expect(try Store(path: target).all() == [.plain("api")])

    try Store(path: scratch.database).commit(Batch(rows: [.plain("new")]))
    let error = failure { () throws(StoreError) in _ = try Store.setAside(path: scratch.database) }
    #expect(error?.description.contains(name) == true)
    #expect(try Store(path: scratch.database).all() == [.plain("new")])
  }

  /// Its log must neither stop the next file nor be taken for the log of it.
  @Test(arguments: [false, true]) func leavesNoLogBehindWhenItsFileIsGone(_ isReplaced: Bool) throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.backup(to: scratch["copy"])
    try store.commit(Batch(rows: [.plain("api")]))
    try FileManager.default.removeItem(atPath: scratch.database)
    if isReplaced { try FileManager.default.moveItem(atPath: scratch["copy"], toPath: scratch.database) }
    let error = failure { () throws(StoreError) in try store.commit(Batch(rows: [.plain("web")])) }
    #expect(error?.kind == .gone)
    store.close()
    #expect(try scratch.names.contains("db-wal.lost") && !scratch.names.contains("db-wal"))
    let next = try Store(path: scratch.database)
    #expect(try next.all().isEmpty)
    try next.commit(Batch(rows: [.plain("api")]))
    #expect(try next.all() == [.plain("api")])
  }

  @Test func endsASettingAsideThatWasInterrupted() throws {
    let scratch = try Scratch()
    try scratch.write(Data("a log".utf8), to: "db-wal")
    #expect(failure(opening: scratch.database)?.kind == .cantOpen)
    #expect(try scratch.names == ["db-wal"])
    try scratch.write(Data("a file".utf8), to: "db.damaged-20260101T000000Z")
    #expect(failure(opening: scratch.database) == nil)
    #expect(try scratch.read("db.damaged-20260101T000000Z-wal") == Data("a log".utf8))
  }
}
