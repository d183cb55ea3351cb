#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Why there is no board to be had at a path.
public struct BoardError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of trouble it is.
  public enum Kind: Equatable, Sendable {
    /// The system refused something; the number is its error.
    case system(Int32)
    /// What is there is no ordinary file: a link, a directory, a pipe. It was left untouched.
    case notAFile
    /// The file is no board. It was left untouched.
    case notABoard
    /// It is a board in a major version of the layout that is not known here. It was left untouched.
    case otherVersion(UInt32)
    /// It says that it is a board, and is not whole. It was left untouched.
    case damaged
    /// It belongs to this user, who is not the one expected. It was left untouched.
    case otherOwner(UInt32)
  }

  /// What kind of trouble it is.
  public let kind: Kind
  /// What went wrong, for people.
  public let message: String
  /// The file.
  public let path: String

  init(_ kind: Kind, _ message: String, path: String) {
    self.kind = kind
    self.message = message
    self.path = path
  }

  /// The error of the system call that has just failed.
  static func system(_ message: String, path: String, _ number: Int32 = errno) -> BoardError {
    BoardError(.system(number), "\(message): \(String(cString: strerror(number)))", path: path)
  }

  /// Where, and what.
  public var description: String { "\(path): \(message)" }
}
