/// Why a configuration is refused: what was found wrong, in the order of the files.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong; at least one, at most the first hundred that were found.
  public let problems: [ConfigurationProblem]
  /// How much more is wrong.
  public let untold: Int

  /// One line for each problem.
  public var description: String {
    (problems.map(\.description) + (untold > 0 ? ["and \(untold) more"] : [])).joined(separator: "\n")
  }
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
