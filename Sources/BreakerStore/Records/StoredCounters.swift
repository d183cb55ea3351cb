/// Bounds of the numbers that must never be given out twice. Both are 0 in a new store, and never go back.
public struct StoredCounters: Equatable, Sendable {
  /// Every generation number below this one may have been given out.
  public var generation: Int64
  /// Every event number below this one may have been given out.
  public var sequence: Int64

  /// These bounds.
  public init(generation: Int64 = 0, sequence: Int64 = 0) {
    self.generation = generation
    self.sequence = sequence
  }

  /// The higher of both, each by itself.
  func raised(to other: StoredCounters) -> StoredCounters {
    StoredCounters(generation: max(generation, other.generation), sequence: max(sequence, other.sequence))
  }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(generation)
    sum.add(sequence)
    return sum.value
  }
}
