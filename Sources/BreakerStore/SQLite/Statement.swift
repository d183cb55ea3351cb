internal import CSQLite

/// One prepared statement. Parameters count from 1, columns from 0, as in SQLite.
final class Statement {
  private let handle: OpaquePointer
  private let database: Database
  private let sql: String

  init(_ handle: OpaquePointer, of database: Database, sql: String) {
    self.handle = handle
    self.database = database
    self.sql = sql
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Running

  /// Whether there is another row.
  @inline(__always)
  func step() throws(StoreError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw database.failure(code, sql: sql)
    }
  }

  /// Runs a statement that gives no rows, and makes it ready for the next run.
  func run() throws(StoreError) {
    defer { clear() }
    _ = try step()
  }

  /// Makes it ready for the next run. Parameters keep their values, and the room for them, until they get others.
  func clear() { sqlite3_reset(handle) }

  // MARK: Parameters

  func bind(_ index: Int32, _ value: Int64) throws(StoreError) {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  func bind(_ index: Int32, _ value: Int64?) throws(StoreError) {
    guard let value else { return try check(sqlite3_bind_null(handle, index)) }
    try bind(index, value)
  }

  /// The length goes along: a NUL inside is a byte like any other.
  func bind(_ index: Int32, _ value: String) throws(StoreError) {
    var value = value
    try check(
      value.withUTF8 { bytes in
        guard let start = bytes.baseAddress else { return sqlite3_bind_text(handle, index, "", 0, nil) }
        return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
          sqlite3_bind_text64(handle, index, $0, UInt64(bytes.count), Self.copied, UInt8(SQLITE_UTF8))
        }
      })
  }

  func bind(_ index: Int32, _ value: String?) throws(StoreError) {
    guard let value else { return try check(sqlite3_bind_null(handle, index)) }
    try bind(index, value)
  }

  func bind(_ index: Int32, _ value: [UInt8]) throws(StoreError) {
    try check(
      value.withUnsafeBytes { bytes in
        // Without a pointer SQLite would take it for NULL.
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
        return sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), Self.copied)
      })
  }

  private func check(_ result: Int32) throws(StoreError) {
    guard result == SQLITE_OK else { throw database.failure(result, sql: sql) }
  }

  /// SQLITE_TRANSIENT, a macro that Swift does not see: SQLite copies the bytes before it returns.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  // MARK: Columns

  @inline(__always)
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  @inline(__always)
  func optionalInteger(_ column: Int32) -> Int64? {
    sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
  }

  @inline(__always)
  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  /// Text or bytes as they are in the file; good until the next step.
  @inline(__always)
  func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    // In this order: the count is that of what the pointer points at.
    let start = sqlite3_column_blob(handle, column)
    return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, column)))
  }

  /// Text; nil if it is no UTF-8.
  @inline(__always)
  func text(_ column: Int32) -> String? { String(utf8: bytes(column)) }
}

extension String {
  /// The text of these bytes; nil if they are no UTF-8.
  @inline(__always)
  init?(utf8 bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else {
      self = ""
      return
    }
    // Much quicker than `String(validating:as:)`, a million times at the start.
    let units = bytes.bindMemory(to: UInt8.self)
    guard let text = try? UTF8Span(validating: units.span) else { return nil }
    self = String(copying: text)
  }
}
