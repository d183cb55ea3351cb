internal import CSQLite
internal import Glibc

/// Why the store could not do what it was asked for.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of trouble it is; decides what can be done about it.
  public enum Kind: Equatable, Sendable {
    /// Another connection has the file open. Nothing waits for it.
    case busy
    /// No room: the disk, a quota, or a limit on the size of files. Nothing of the batch was kept; try again later.
    case full
    /// Reading or writing failed. Nothing of the batch was acknowledged; try again later.
    case io
    /// The file is damaged. It is as it was found; ``Store/setAside(path:)`` makes room for another.
    case corrupt
    /// A newer breakerd wrote the file, in this version of its layout. It was left untouched.
    case newer(Int64)
    /// The file is another program's database. It was left untouched.
    case foreign
    /// The file is no database at all. It was left untouched; ``Store/setAside(path:)`` makes room for one.
    case noDatabase
    /// The file, or its log, is no longer where it was: what is written there would not be found again. This store is
    /// of no use any more; close it, and open another.
    case gone
    /// The file, or its directory, cannot be written.
    case readOnly
    /// What is there is no ordinary file: a link, a directory, a pipe. It was left untouched.
    case notAFile
    /// The file cannot be opened or made.
    case cantOpen
    /// Something else; the codes and the message say what.
    case other
  }

  /// What kind of trouble it is.
  public let kind: Kind
  /// SQLite's primary result code; 0 if the trouble is not SQLite's.
  public let code: Int32
  /// SQLite's extended result code; 0 if the trouble is not SQLite's.
  public let extendedCode: Int32
  /// The system's error number, if one is known to have caused it; else 0.
  public let systemError: Int32
  /// What went wrong, for people.
  public let message: String
  /// The statement that was running, without its values; nil: none was.
  public let sql: String?
  /// The file.
  public let path: String

  /// An error of ours.
  init(_ kind: Kind, _ message: String, path: String) {
    self.kind = kind
    self.code = 0
    self.extendedCode = 0
    self.systemError = 0
    self.message = message
    self.sql = nil
    self.path = path
  }

  /// An error of a system call.
  init(systemError: Int32, _ message: String, path: String) {
    self.kind = Kind(systemError: systemError)
    self.code = 0
    self.extendedCode = 0
    self.systemError = systemError
    self.message = message
    self.sql = nil
    self.path = path
  }

  /// An error of SQLite.
  init(extendedCode: Int32, systemError: Int32, message: String, sql: String?, path: String) {
    self.kind = Kind(primary: extendedCode & 0xFF, systemError: systemError)
    self.code = extendedCode & 0xFF
    self.extendedCode = extendedCode
    self.systemError = systemError
    self.message = message
    self.sql = sql
    self.path = path
  }

  /// The same of another file.
  func moved(to path: String) -> StoreError {
    StoreError(
      extendedCode: extendedCode, systemError: systemError, message: message, sql: sql, path: path)
  }

  /// What, where, and what to do.
  public var description: String {
    var text = "\(path): \(message)"
    if code != 0 { text += " (SQLite \(extendedCode))" }
    if systemError != 0 { text += ": \(String(cString: strerror(systemError)))" }
    if let sql { text += ", at \"\(sql)\"" }
    if let advice = kind.advice { text += "; \(advice)" }
    return text
  }
}

extension StoreError.Kind {
  init(primary: Int32, systemError: Int32) {
    switch primary {
    case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
    case SQLITE_FULL: self = .full
    // SQLite tells a full disk from a failing one by ENOSPC alone.
    case SQLITE_IOERR: self = [ENOSPC, EDQUOT, EFBIG].contains(systemError) ? .full : .io
    // Whether the file is ours is known before SQLite reads it, so what it takes for no database is a damaged one.
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt
    case SQLITE_READONLY: self = .readOnly
    case SQLITE_CANTOPEN, SQLITE_PERM: self = .cantOpen
    default: self = .other
    }
  }

  init(systemError: Int32) {
    switch systemError {
    case ENOSPC, EDQUOT, EFBIG: self = .full
    case EIO: self = .io
    case EROFS: self = .readOnly
    default: self = .cantOpen
    }
  }

  var advice: String? {
    switch self {
    case .busy: "another program has it open: end that one, be it a second breakerd or a shell of sqlite3"
    case .full: "make room on its file system, or raise the quota or limit"
    case .io: "look for errors of the disk in the kernel's log"
    case .corrupt: "move it away, or put a backup in its place"
    case .newer: "run the newer breakerd, or name another file with --state"
    case .foreign, .noDatabase, .notAFile: "name another file with --state"
    case .gone: "see that the directory exists and that nobody moves what is in it"
    case .readOnly: "let breakerd's user write the file and its directory"
    case .cantOpen: "check that its directory exists, and that breakerd's user may write there"
    case .other: nil
    }
  }
}
