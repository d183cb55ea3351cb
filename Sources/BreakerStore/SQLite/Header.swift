internal import CSQLite

/// Finds out whose file it is, before anything is done to it.
enum Header {
  private static let size: Int32 = 100
  /// SQLITE_IOERR_SHORT_READ, a macro that Swift does not see: the file is shorter, and the rest reads as zeros.
  private static let shortRead = SQLITE_IOERR | 2 << 8
  private static let magic = Array("SQLite format 3\0".utf8)

  /// Looks at the file's first bytes, through SQLite's own descriptor: closing another one of the same file would end
  /// the locks of this process. It neither locks nor recovers anything, so whatever it is stays untouched.
  static func check(_ database: Database) throws(StoreError) {
    var file: UnsafeMutablePointer<sqlite3_file>?
    let result = sqlite3_file_control(database.handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
    guard result == SQLITE_OK, let file, let read = file.pointee.pMethods?.pointee.xRead else {
      throw database.failure(result)
    }
    let length = try StoreFile.size(database.path)
    guard length > 0 else { return }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    let code = read(file, &bytes, size, 0)
    guard code == SQLITE_OK || code == shortRead else {
      throw StoreError(
        extendedCode: code, systemError: 0, message: "its header cannot be read", sql: nil, path: database.path)
    }

    guard bytes.starts(with: magic) else {
      // A crash of the machine can leave a file of the right length without its contents.
      guard bytes.allSatisfy({ $0 == 0 }) else {
        throw StoreError(.noDatabase, "it is no database", path: database.path)
      }
      throw StoreError(.corrupt, "its header is empty", path: database.path)
    }
    guard length >= size else { throw StoreError(.corrupt, "its header is cut off", path: database.path) }
    try judge(applicationID: number(bytes, at: 68), version: number(bytes, at: 60), database)
  }

  /// The same from what SQLite reads, the log included.
  ///
  /// - Returns: The version of its layout; 0: the file is empty.
  static func version(_ database: Database) throws(StoreError) -> Int64 {
    let applicationID = try database.integer("PRAGMA application_id") ?? 0
    let version = try database.integer("PRAGMA user_version") ?? 0
    try judge(applicationID: applicationID, version: version, database)
    if applicationID == 0 {
      let isEmpty = try database.integer("SELECT count(*) FROM sqlite_schema") == 0
      guard isEmpty, version == 0 else { throw foreign(applicationID, database) }
    }
    return version
  }

  private static func judge(applicationID: Int64, version: Int64, _ database: Database) throws(StoreError) {
    guard applicationID != 0 else { return }
    guard applicationID == Layout.applicationID else { throw foreign(applicationID, database) }
    guard version <= Layout.version else {
      throw StoreError(
        .newer(version), "its layout has version \(version), this program knows up to \(Layout.version)",
        path: database.path)
    }
    guard version > 0 else { throw StoreError(.corrupt, "its version is \(version)", path: database.path) }
  }

  private static func foreign(_ applicationID: Int64, _ database: Database) -> StoreError {
    StoreError(.foreign, "it is a database of another program (application \(applicationID))", path: database.path)
  }

  /// A big-endian number of four bytes, signed, as SQLite has it.
  private static func number(_ bytes: [UInt8], at offset: Int) -> Int64 {
    Int64(Int32(truncatingIfNeeded: bytes[offset..<offset + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }))
  }
}
