import Testing

@testable import BreakerStore

/// An older layout becomes the newest one, and what was there before is kept.
@Suite struct MigrationTests {
  private let steps = Layout.migrations + ["ALTER TABLE breakers ADD COLUMN note TEXT"]

  private func open(_ path: String) throws -> Database {
    let database = try Database(opening: path, vfs: nil)
    try database.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL")
    return database
  }

  @Test func aCopyOfBeforeIsKept() throws {
    let scratch = try Scratch()
    try Store(path: scratch.database).commit(Batch(rows: [.plain("api")]))
    do {
      let database = try open(scratch.database)
      try Layout.migrate(database, from: 1, by: steps)
      #expect(try database.integer("PRAGMA user_version") == 2)
      #expect(try database.integer("SELECT count(note IS NULL) FROM breakers") == 1)
    }
    #expect(failure(opening: scratch.database)?.kind == .newer(2))
    // The copy is what an older program opens.
    #expect(try Store(path: scratch["db.version-1"]).all() == [.plain("api")])
    #expect(try scratch.mode("db.version-1") == 0o600)
  }

  @Test func aStepThatFailsLeavesAllAsItWas() throws {
    let scratch = try Scratch()
    try Store(path: scratch.database).commit(Batch(rows: [.plain("api")]))
    do {
      let database = try open(scratch.database)
      #expect(throws: StoreError.self) {
        try Layout.migrate(database, from: 1, by: steps + ["ALTER TABLE nowhere ADD COLUMN a"])
      }
      #expect(try database.integer("PRAGMA user_version") == 1)
    }
    #expect(try Store(path: scratch.database).all() == [.plain("api")])
    // The next attempt keeps the copy of the first.
    let copy = try scratch.read("db.version-1")
    let database = try open(scratch.database)
    try Layout.migrate(database, from: 1, by: steps)
    #expect(try scratch.read("db.version-1") == copy)
  }

  @Test func aNewFileNeedsNoCopy() throws {
    let scratch = try Scratch()
    try Store(path: scratch.database).close()
    #expect(try scratch.names == ["db"])
  }
}
