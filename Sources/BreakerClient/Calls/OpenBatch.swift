internal import BreakerProtocol

/// Successes that wait to be told, in one word, so that threads can count by compare and exchange.
///
///     bits 0-11    number of the batch, so that one is never taken for another
///     bits 12-19   how long after the time that the batch is reckoned from the newest ended, in units of 2^20 ns, rounded down
///     bits 20-39   how many
///     bits 40-63   the low 24 bits of the generation
struct OpenBatch: Equatable {
  let bits: UInt64

  private static let unit: UInt64 = 20
  private static let longest: UInt64 = 0xFF

  var isEmpty: Bool { count == 0 }
  var count: Int { Int(bits >> 20 & 0xF_FFFF) }
  var generation: UInt32 { UInt32(truncatingIfNeeded: bits >> 40) }
  /// When the newest ended, at the earliest; nanoseconds.
  var elapsed: UInt64 { units << Self.unit }
  private var units: UInt64 { bits >> 12 & Self.longest }

  /// Whether a success of this generation can be added: it has begun, in this generation, and is not full.
  func takes(_ generation: UInt32) -> Bool { 1..<Limits.count ~= count && self.generation == generation }

  /// With one more, which ended so late.
  func adding(elapsed: UInt64) -> OpenBatch {
    let units = max(self.units, min(elapsed >> Self.unit, Self.longest))
    return OpenBatch(bits: (bits & ~(Self.longest << 12) | units << 12) &+ 1 << 20)
  }

  /// The first of a batch.
  func beginning(_ generation: UInt32, elapsed: UInt64) -> OpenBatch {
    OpenBatch(bits: UInt64(generation) << 40 | number).adding(elapsed: elapsed)
  }

  /// None, of the next batch.
  var ended: OpenBatch { OpenBatch(bits: (number &+ 1) & 0xFFF) }

  private var number: UInt64 { bits & 0xFFF }
}
