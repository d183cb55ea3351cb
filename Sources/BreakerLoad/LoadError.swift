/// Why a load came to nothing.
public struct LoadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong, for people.
  public let description: String

  init(_ description: String) { self.description = description }
}
