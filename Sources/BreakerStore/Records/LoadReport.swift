/// What ``Store/load(_:)`` found.
public struct LoadReport: Equatable, Sendable {
  /// How many rows were handed over.
  public var rows = 0
  /// How many were left out because their checksum or their text is wrong. They stay in the file until their name is
  /// saved or removed.
  public var damaged = 0
  /// The names of the first few of those, as far as they can be read.
  public var damagedNames: [String] = []

  /// How many names are told.
  static let namesTold = 8
}
