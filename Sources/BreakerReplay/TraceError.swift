/// A trace that cannot be read, or not be replayed: where it is wrong, and what to write.
public struct TraceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The line, from 1.
  public let line: Int
  /// The character in the line, from 1.
  public let column: Int
  /// What is wrong.
  public let message: String

  /// `12:7: what is wrong`, to stand behind the name of a file and a colon.
  public var description: String { "\(line):\(column): \(message)" }
}

/// Something wrong in one line.
struct LineError: Error {
  /// Which byte of the line, from 0.
  let offset: Int
  let message: String

  init(_ offset: Int, _ message: String) {
    self.offset = offset
    self.message = message
  }
}
