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

  /// Brings the file to the newest version: all steps, or none. What it was before is kept beside it, `PATH.version-N`, for whoever
  /// has to go back.
  ///
  /// - Parameter steps: Those of ``migrations``, or of a test.
  static func migrate(
    _ database: Database, from version: Int64, by steps: [String] = migrations
  ) throws(StoreError) {
    guard version < steps.count else { return }
    if version > 0 { try keepCopy(of: database, "\(database.path).version-\(version)") }
    try database.transaction { () throws(StoreError) in
      for step in steps.dropFirst(Int(version)) { try database.execute(step) }
      try database.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(steps.count)")
    }
    // So that the file by itself says what it is, without its log.
    try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
  }

  /// An earlier copy stays: it is of the time before the first attempt.
  private static func keepCopy(of database: Database, _ path: String) throws(StoreError) {
    guard !StoreFile.exists(path) else { return }
    let partial = path + ".partial"
    StoreFile.remove(partial)
    try StoreFile.createEmpty(partial)
    let copy = try database.prepare("VACUUM INTO ?1")
    try copy.bind(1, partial)
    try copy.run()
    try StoreFile.synchronize(partial)
    try StoreFile.rename(partial, to: path)
    try StoreFile.synchronize(StoreFile.split(path).directory, directory: true)
  }
}
