import CSQLite

/// Does something to a database behind the store's back.
func behind(_ path: String, _ sql: String) throws {
  var database: OpaquePointer?
  defer { sqlite3_close_v2(database) }
  let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
  guard sqlite3_open_v2(path, &database, flags, nil) == SQLITE_OK,
    sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK
  else { throw BehindError(message: String(cString: sqlite3_errmsg(database))) }
}

struct BehindError: Error {
  let message: String
}

/// Does something to a database, and looks at its log before the connection is closed.
func withOpenLog<Value>(_ path: String, _ sql: String, _ body: () throws -> Value) throws -> Value {
  var database: OpaquePointer?
  defer { sqlite3_close_v2(database) }
  guard sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK,
    sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK
  else { throw BehindError(message: String(cString: sqlite3_errmsg(database))) }
  return try body()
}
