/// A place in a configuration file.
public struct FileLocation: Equatable, Hashable, Sendable, CustomStringConvertible {
  /// The file, as it was named.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column in Unicode scalars, from 1.
  public let column: Int

  /// The place at this line and column of `file`.
  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// As compilers write it: `breakerd.yaml:12:7`.
  public var description: String { "\(file):\(line):\(column)" }
}
