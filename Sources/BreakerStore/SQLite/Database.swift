internal import CSQLite
internal import Glibc

/// A connection to one SQLite file, for one thread.
final class Database {
  let handle: OpaquePointer
  let path: String

  /// Opens a file that exists. SQLite reads its first bytes only, and locks nothing yet.
  ///
  /// - Parameter vfs: The name of the SQLite VFS to use; nil: the usual one.
  convenience init(opening path: String, vfs: String?) throws(StoreError) {
    try self.init(path, as: path, flags: SQLITE_OPEN_READWRITE, vfs: vfs)
    // SQLite falls back to reading, and would tell only when something is written.
    guard sqlite3_db_readonly(handle, "main") == 0 else {
      throw StoreError(.readOnly, "this user may only read it", path: path)
    }
  }

  /// Opens a file to read it.
  ///
  /// - Parameter isWhole: Whether it has no log. Then SQLite need not lock it, nor make an index of the log beside it;
  ///   nobody may change it meanwhile.
  convenience init(reading path: String, isWhole: Bool) throws(StoreError) {
    let name = "file:\(Self.escaped(path))\(isWhole ? "?immutable=1" : "")"
    try self.init(path, as: name, flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, vfs: nil)
  }

  private init(_ path: String, as name: String, flags: Int32, vfs: String?) throws(StoreError) {
    try StoreFile.requireFileOfLog(path)
    var handle: OpaquePointer?
    let result = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, vfs)
    guard let handle else {
      throw StoreError(
        extendedCode: SQLITE_NOMEM, systemError: 0, message: "no memory for a connection", sql: nil, path: path)
    }
    self.handle = handle
    self.path = path
    sqlite3_extended_result_codes(handle, 1)
    guard result == SQLITE_OK else { throw failure(result) }
  }

  /// A path for a URI: only `%`, `?` and `#` mean something there.
  private static func escaped(_ path: String) -> String {
    path.reduce(into: "") { text, character in
      switch character {
      case "%": text += "%25"
      case "?": text += "%3F"
      case "#": text += "%23"
      default: text.append(character)
      }
    }
  }

  deinit { sqlite3_close_v2(handle) }

  /// Whether closing leaves the file and its log exactly as they are.
  func keepLogOnClose(_ keep: Bool) { _ = breakerd_sqlite3_keep_log_on_close(handle, keep ? 1 : 0) }

  /// What went wrong just now.
  func failure(_ code: Int32, sql: String? = nil) -> StoreError {
    // First of all, before anything else fails. SQLite keeps the number only where it has made a connection's error of
    // it, which a write that fails in COMMIT is not.
    let lastError = errno
    let keptError = sqlite3_system_errno(handle)
    let primary = code & 0xFF
    let isSystems = [SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN].contains(primary)
    let extended = sqlite3_extended_errcode(handle)
    return StoreError(
      extendedCode: extended & 0xFF == primary ? extended : code,
      systemError: isSystems ? (keptError == 0 ? lastError : keptError) : 0,
      message: String(cString: sqlite3_errmsg(handle)), sql: sql, path: path)
  }

  /// How many rows the statement that ended last has changed.
  var changes: Int64 { sqlite3_changes64(handle) }

  /// A statement to be kept and run many times.
  func prepare(_ sql: String) throws(StoreError) -> Statement {
    var prepared: OpaquePointer?
    let result = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard result == SQLITE_OK, let prepared else { throw failure(result, sql: sql) }
    return Statement(prepared, of: self, sql: sql)
  }

  /// Runs statements that give no rows.
  func execute(_ sql: String) throws(StoreError) {
    let result = sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw failure(result, sql: sql) }
  }

  /// The first column of the first row, as a number.
  func integer(_ sql: String) throws(StoreError) -> Int64? {
    let statement = try prepare(sql)
    return try statement.step() ? statement.optionalInteger(0) : nil
  }

  /// The first column of the first row, as text.
  func text(_ sql: String) throws(StoreError) -> String? {
    let statement = try prepare(sql)
    return try statement.step() ? statement.text(0) : nil
  }

  /// Does all of `body`, or nothing of it. Durable when it returns.
  func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
    try execute("BEGIN IMMEDIATE")
    do throws(StoreError) {
      try body()
      try execute("COMMIT")
    } catch {
      // After some errors SQLite has rolled back by itself.
      if sqlite3_get_autocommit(handle) == 0 { _ = sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
      throw error
    }
  }
}
