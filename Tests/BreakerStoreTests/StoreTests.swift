import BreakerStore
import CSQLite
import Foundation
import Testing

@Suite struct StoreTests {
  @Test func makesAFileThatNobodyElseMayRead() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("api")]))
    #expect(try scratch.names == ["db", "db-wal"])
    for name in try scratch.names { #expect(try scratch.mode(name) == 0o600) }
    #expect(store.counters == StoredCounters())
    #expect(store.checkDuration > .zero)
  }

  @Test func closesIntoOneFile() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("api")]))
    store.close()
    store.close()
    #expect(try scratch.names == ["db"])
    #expect(failure { () throws(StoreError) in try store.commit(Batch(rows: [.plain("api")])) }?.kind == .other)
    #expect(try Store(path: scratch.database).all() == [.plain("api")])
  }

  @Test func isForOneOnly() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    let error = try #require(failure(opening: scratch.database))
    #expect(error.kind == .busy)
    #expect(error.code == SQLITE_BUSY)
    #expect(error.description.contains(scratch.database))
    #expect(throws: BehindError.self) { try behind(scratch.database, "SELECT * FROM breakers") }
    try store.commit(Batch(rows: [.plain("api")]))
    store.close()
    #expect(failure(opening: scratch.database) == nil)
  }

  @Test func continuesAnEmptyFile() throws {
    let scratch = try Scratch()
    try scratch.write(Data())
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("api")]))
    #expect(try store.all().count == 1)
  }

  @Test func bearsItsNumberAndVersion() throws {
    let scratch = try Scratch()
    // Open, and so with its log: the header by itself says it.
    let store = try Store(path: scratch.database)
    let header = Array(try scratch.read().prefix(100))
    #expect(Array(header[68..<72]) == Array("BRKD".utf8))
    #expect(Array(header[60..<64]) == [0, 0, 0, 1])
    store.close()
  }

  @Test func takesAPathAsItIs() throws {
    let scratch = try Scratch()
    let before = FileManager.default.currentDirectoryPath
    #expect(failure(opening: "")?.kind == .cantOpen)
    #expect(failure(opening: "a\0b")?.kind == .cantOpen)
    #expect(failure(opening: scratch["no/such/directory"])?.kind == .cantOpen)
    #expect(failure(opening: scratch.directory)?.kind == .notAFile)
    let odd = scratch["file:a?mode=memory#%20 'ü"]
    let store = try Store(path: odd)
    try store.backup(to: odd + ".copy")
    #expect(try scratch.names.contains("file:a?mode=memory#%20 'ü.copy"))
    #expect(FileManager.default.currentDirectoryPath == before)
  }

  @Test func refusesALink() throws {
    let scratch = try Scratch()
    try FileManager.default.createSymbolicLink(atPath: scratch.database, withDestinationPath: scratch["elsewhere"])
    let error = failure(opening: scratch.database)
    #expect(error?.kind == .notAFile)
    #expect(error?.description.hasSuffix("it is a symbolic link; name another file with --state") == true)
    #expect(try scratch.names == ["db"])
  }

  @Test func refusesAnUnknownVFS() throws {
    let scratch = try Scratch()
    #expect(failure(opening: scratch.database, vfs: "no-such")?.message.contains("no-such") == true)
    #expect(failure(opening: scratch.database, vfs: "unix") == nil)
  }
}
