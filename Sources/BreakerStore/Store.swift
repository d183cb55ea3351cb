internal import Glibc

/// The database file of one daemon: its breakers, its events, and the bounds of the numbers it has given out.
///
/// For one thread: it is made, used and closed there. Nothing here waits for anybody but the disk. After an error the
/// store can be used on, and what was not kept can be tried again.
///
/// Nobody else can have the file open meanwhile; a ``FileLock`` beside it keeps a second daemon from trying.
public final class Store {
  /// The file, as it was named; one without a directory begins with `./`.
  public let path: String
  /// How long the check at the start took.
  public let checkDuration: Duration
  /// The bounds as last committed.
  public internal(set) var counters: StoredCounters

  /// Nil once closed.
  private var connection: Connection?
  /// How many events are kept, acts and all.
  var eventCounts: (acts: Int64, all: Int64)
  /// Whether something was committed since the last checkpoint.
  var wantsCheckpoint = false
  #if DEBUG
    /// Called in the middle of a commit, after each row; for tests that end the process there.
    public var afterRow = {}
  #endif
  /// Which files the database and its log were when they were opened.
  private let identities: [[UInt64]?]
  /// The largest size of the file that was seen; it never shrinks by itself.
  private var largestSize = 0

  /// Opens the file, or makes one that nobody else may read, and brings it to this program's layout; then checks it.
  ///
  /// What cannot be used stays exactly as it was found.
  ///
  /// - Parameters:
  ///   - path: The file. Its directory must exist. SQLite keeps a log beside it, `PATH-wal`.
  ///   - vfs: The name of an SQLite VFS, registered before, to do the input and output; nil: SQLite's own. The VFS must
  ///     keep its files under the same names on the disk. For tests with slow and failing disks.
  /// - Throws: ``StoreError``; its kind is `corrupt`, `newer`, `foreign` or `noDatabase` for a file that stays of no use, `readOnly`,
  ///   `cantOpen`, `busy`, `full` or `io` where trying again can help.
  public init(path: String, vfs: String? = nil) throws(StoreError) {
    let path = try StoreFile.literal(path)
    try SetAside.finish(path)
    try StoreFile.createIfMissing(path)
    let hasLog = StoreFile.exists(path + "-wal")
    let database = try Database(opening: path, vfs: vfs)
    // Until all is known to be well: what is of no use to us is of use to whoever looks into it.
    database.keepLogOnClose(hasLog)
    try Header.check(database)
    // Before the log is touched: so it needs no memory shared with other processes, and there are none.
    try database.execute("PRAGMA locking_mode = EXCLUSIVE")
    let version = try Header.version(database)

    let start = ContinuousClock.now
    try Self.check(database)
    checkDuration = ContinuousClock.now - start

    try Self.configure(database)
    try Layout.migrate(database, from: version)
    let connection = try Connection(database)
    counters = try Self.storedCounters(connection)
    eventCounts = try connection.eventCounts()
    database.keepLogOnClose(false)
    self.path = path
    self.connection = connection
    identities = Self.identities(path)
    largestSize = try StoreFile.size(path)
    SetAside.forgetReplacement(path)
  }

  private static func identities(_ path: String) -> [[UInt64]?] {
    [path, path + "-wal"].map(StoreFile.identity)
  }

  /// Makes sure that what was written can be found under its name. SQLite goes on writing into files that have none.
  func checkWhereabouts() throws(StoreError) {
    guard Self.identities(path) == identities else {
      throw StoreError(.gone, "it, or its log, was moved, removed or replaced", path: path)
    }
    guard !isCut else { throw StoreError(.gone, "it was cut off", path: path) }
    largestSize = (try? StoreFile.size(path)) ?? largestSize
  }

  private var isCut: Bool { (try? StoreFile.size(path)) ?? 0 < largestSize }

  /// Brings the log into the file, and lets go of it. Afterwards every verb throws.
  ///
  /// When the file is not where it was, the log is, if it is still there, renamed to `PATH-wal.lost`: it belongs to no
  /// file of this name, and would be taken for the log of the next one.
  public func close() {
    let now = Self.identities(path)
    // SQLite would bring the log to an end by its name, whosever that is by now, or into what is left of the file.
    if now != identities || isCut { connection?.database.keepLogOnClose(true) }
    connection = nil
    if now[0] != identities[0], let log = now[1], log == identities[1] { rename(path + "-wal", path + "-wal.lost") }
  }

  func usable() throws(StoreError) -> Connection {
    guard let connection else { throw StoreError(.other, "the store is closed", path: path) }
    return connection
  }

  /// Counts the events anew.
  func countEvents() throws(StoreError) { eventCounts = try usable().eventCounts() }

  private static func configure(_ database: Database) throws(StoreError) {
    let mode = try database.text("PRAGMA journal_mode = WAL")
    guard mode == "wal" else {
      throw StoreError(.cantOpen, "SQLite cannot keep a write-ahead log for it", path: database.path)
    }
    try database.execute(
      """
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -16384;
      PRAGMA wal_autocheckpoint = 1000;
      PRAGMA journal_size_limit = 16777216;
      PRAGMA secure_delete = OFF
      """)
  }

  /// The structure of the file, and the order of its rows: one out of its place would be read, and never be overwritten. ``load(_:)``
  /// checks what is in them.
  static func check(_ database: Database) throws(StoreError) {
    try database.execute("PRAGMA cell_size_check = ON")
    let verdict = try database.text("PRAGMA integrity_check(1)") ?? "it cannot be checked"
    guard verdict == "ok" else {
      let line = verdict.split(whereSeparator: \.isNewline).joined(separator: ", ")
      throw StoreError(.corrupt, "it is damaged: \(line)", path: database.path)
    }
  }

  /// They must be right: numbers given out twice would be believed.
  static func storedCounters(_ connection: Connection) throws(StoreError) -> StoredCounters {
    let statement = connection.counters
    defer { statement.clear() }
    guard try statement.step() else {
      throw StoreError(.corrupt, "its counters are missing", path: connection.database.path)
    }
    let counters = StoredCounters(generation: statement.integer(0), sequence: statement.integer(1))
    guard counters.checksum == statement.integer(2) else {
      throw StoreError(.corrupt, "its counters are damaged", path: connection.database.path)
    }
    return counters
  }
}
