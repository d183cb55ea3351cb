/// The layout of the file, and how an older one becomes this one.
enum Layout {
  /// "BRKD", in the header of every file of ours.
  static let applicationID: Int64 = 0x4252_4B44

  /// The version that this program writes; kept as `user_version`.
  static var version: Int64 { Int64(migrations.count) }

  /// The n-th brings a file from version n - 1 to n; 0 is an empty file. One that was released never changes.
  static let migrations = [
    """
    CREATE TABLE breakers (
      name TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE events (
      sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
      uid INTEGER, pid INTEGER, reason TEXT, details TEXT NOT NULL, checksum INTEGER NOT NULL
    );
    CREATE TABLE counters (
      id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL, sequence INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    );
    INSERT INTO counters VALUES (1, 0, 0, \(StoredCounters().checksum));
    """
  ]

  /// Brings the file to the newest version: all steps, or none.
  static func migrate(_ database: Database, from version: Int64) throws(StoreError) {
    guard version < Layout.version else { return }
    try database.transaction { () throws(StoreError) in
      for migration in migrations.dropFirst(Int(version)) { try database.execute(migration) }
      try database.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(Layout.version)")
    }
    // So that the file by itself says what it is, without its log.
    try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
  }
}
