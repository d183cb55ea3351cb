/// The generation that a client has seen last, and since when, in one word.
///
///     bits 0-38    when it was first seen, in milliseconds of CLOCK_MONOTONIC, of which these are the low bits
///     bit  39      whether one was seen
///     bits 40-63   its low 24 bits
struct SeenGeneration: Equatable {
  let bits: UInt64

  /// None was seen yet.
  static let none = SeenGeneration(bits: 0)

  private static let time: UInt64 = 1 << 39 - 1

  init(bits: UInt64) { self.bits = bits }

  init(_ generation: UInt32, since now: UInt64) {
    bits = UInt64(generation) << 40 | 1 << 39 | now / 1_000_000 & Self.time
  }

  /// Its low 24 bits; nil: none was seen.
  var generation: UInt32? { bits >> 39 & 1 == 0 ? nil : UInt32(truncatingIfNeeded: bits >> 40) }

  /// Whether it is this generation.
  @inline(__always) func matches(_ generation: UInt32) -> Bool { bits >> 39 == UInt64(generation) << 1 | 1 }

  /// Whether this is the generation seen, and has been long enough for its successes to wait.
  func isOld(_ generation: UInt32, at now: UInt64) -> Bool {
    let age = (now / 1_000_000 &- bits) & Self.time
    return matches(generation) && age >= OutcomeTally.freshness / 1_000_000
  }
}
