/// What ``Store/load(_:)`` found.
public struct LoadReport: Equatable, Sendable {
  /// How many rows were handed over.
  public var rows: Int
  /// How many were left out because their checksum or their text is wrong. They stay in the file until their name is
  /// saved or removed.
  public var damaged: Int
  /// The names of the first few of those, as far as they can be read.
  public var damagedNames: [String]
  /// How many events are damaged, where that was looked for; they are never shown.
  public var damagedEvents = 0

  /// A report of these figures.
  public init(rows: Int = 0, damaged: Int = 0, damagedNames: [String] = []) {
    self.rows = rows
    self.damaged = damaged
    self.damagedNames = damagedNames
  }

  /// How many names are told.
  static let namesTold = 8
}
