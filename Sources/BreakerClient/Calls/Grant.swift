internal import BreakerCore

/// Leave to make one call, and what is needed to tell its end. A plain value: the calls of the fast path allocate nothing.
@usableFromInline struct Grant: Sendable {
  /// The low 24 bits of the generation that let the call pass; ``nothingToTell``: the daemon did not let it.
  let generation: UInt32
  /// The number of the place that the daemon keeps for this call; 0: none.
  let permit: UInt32
  /// When it began, in nanoseconds of CLOCK_MONOTONIC, or of the coarse clock where that is enough.
  let startedAt: UInt64
  /// From how many nanoseconds on the call is told alone and with its duration; 0: in any case.
  let aloneFrom: UInt64

  /// No generation has this number: they have 24 bits.
  static let nothingToTell = UInt32.max
  /// Below this a duration is measured by the exact clock; the coarse one goes by steps of some milliseconds.
  static let coarseFrom: UInt64 = 100_000_000

  /// What the outcome is reported with; nil: there is nothing to tell.
  var token: Token? {
    generation == Self.nothingToTell ? nil : Token(generation: UInt64(generation), permit: permit)
  }

  /// ``aloneFrom`` of a policy by which a call is slow from so many milliseconds on; 0: none is.
  static func aloneFrom(slowCall: UInt32) -> UInt64 { slowCall == 0 ? .max : UInt64(slowCall) &* 1_000_000 }
}
