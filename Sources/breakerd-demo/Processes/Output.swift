import Glibc

/// The standard streams, written to line by line and at once.
enum Output {
  /// Writes a line to standard output.
  static func line(_ text: String = "") { write(text, to: STDOUT_FILENO) }

  /// Writes a line to standard error.
  static func error(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Writes a line, waiting as long as it takes.
  ///
  /// - Returns: Whether anybody can read it.
  @discardableResult
  static func write(_ text: String, to descriptor: CInt) -> Bool {
    var rest = ArraySlice((text + "\n").utf8)
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
