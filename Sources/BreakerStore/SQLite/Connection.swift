internal import CSQLite

/// The open database and the statements that are kept ready for it.
final class Connection {
  let database: Database
  let breakers: Statement
  let saveBreaker: Statement
  let removeBreaker: Statement
  let events: Statement
  let addEvent: Statement
  let trimActs: Trim
  let trimEvents: Trim
  let counters: Statement
  let saveCounters: Statement

  /// - Throws: ``StoreError`` of kind `corrupt` when a table or column is not there.
  init(_ database: Database) throws(StoreError) {
    self.database = database
    do throws(StoreError) {
      breakers = try database.prepare("SELECT name, content, checksum FROM breakers")
      saveBreaker = try database.prepare("REPLACE INTO breakers (name, content, checksum) VALUES (?1, ?2, ?3)")
      removeBreaker = try database.prepare("DELETE FROM breakers WHERE name = ?1")
      events = try database.prepare(
        """
        SELECT sequence, at, name, kind, uid, pid, reason, details, checksum FROM events \
        WHERE sequence > ?1 ORDER BY sequence
        """)
      addEvent = try database.prepare(
        """
        INSERT OR IGNORE INTO events (sequence, at, name, kind, uid, pid, reason, details, checksum) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """)
      trimActs = try Trim(database, EventRow.actCondition)
      trimEvents = try Trim(database, "NOT (\(EventRow.actCondition))")
      counters = try database.prepare("SELECT generation, sequence, checksum FROM counters WHERE id = 1")
      saveCounters = try database.prepare(
        "UPDATE counters SET generation = ?1, sequence = ?2, checksum = ?3 WHERE id = 1")
    } catch {
      guard error.code == SQLITE_ERROR else { throw error }
      throw StoreError(.corrupt, "its tables are not as they should be: \(error.message)", path: database.path)
    }
  }
}

extension Connection {
  /// How many events are kept, acts and all.
  func eventCounts() throws(StoreError) -> (acts: Int64, all: Int64) {
    (
      acts: try database.integer("SELECT count(*) FROM events WHERE \(EventRow.actCondition)") ?? 0,
      all: try database.integer("SELECT count(*) FROM events") ?? 0
    )
  }
}

/// Removes the oldest events of a kind.
struct Trim {
  private let database: Database
  private let statement: Statement

  /// - Parameter condition: What holds for those of the kind.
  init(_ database: Database, _ condition: String) throws(StoreError) {
    self.database = database
    statement = try database.prepare(
      "DELETE FROM events WHERE sequence IN (SELECT sequence FROM events WHERE \(condition) ORDER BY sequence LIMIT ?1)"
    )
  }

  /// Removes so many; returns how many there were.
  func remove(_ count: Int64) throws(StoreError) -> Int64 {
    guard count > 0 else { return 0 }
    try statement.bind(1, count)
    try statement.run()
    return database.changes
  }
}
