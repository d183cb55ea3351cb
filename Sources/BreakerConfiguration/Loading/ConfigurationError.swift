/// Why a configuration is refused: everything that was found wrong, in the order of the files.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong; at least one.
  public let problems: [ConfigurationProblem]

  /// One line for each problem.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// One thing that is wrong, or suspicious, in a configuration.
public struct ConfigurationProblem: Equatable, Sendable, CustomStringConvertible {
  /// Where; nil: not in a place of a file, and the message says where.
  public let location: FileLocation?
  /// What is wrong, and what to do.
  public let message: String

  /// One line: `breakerd.yaml:12:7: unknown key 'treshold', …`.
  public var description: String { location.map { "\($0): \(message)" } ?? message }
}
