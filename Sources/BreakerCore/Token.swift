/// What an allowed caller brings back with its report, so that a late result moves nothing.
public struct Token: Hashable, Sendable {
  /// The low 24 bits of the generation in which the call was allowed.
  public let generation: UInt32
  /// The number of the caller's permit, from 1; 0: the call was allowed without one.
  public let permit: UInt32

  /// A token of the low 24 bits of `generation`, and a permit's number or 0.
  public init(generation: UInt64, permit: UInt32 = 0) {
    self.generation = UInt32(truncatingIfNeeded: generation & 0xFF_FFFF)
    self.permit = permit
  }

  /// Whether this token was given out in `generation`.
  func belongs(to generation: UInt64) -> Bool { self.generation == UInt32(truncatingIfNeeded: generation & 0xFF_FFFF) }
}
