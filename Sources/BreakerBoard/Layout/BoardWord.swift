/// What a board says of one breaker, in 64 bits that are stored and loaded at once.
///
///     bits 0-3    state; see ``BoardState``
///     bit  4      ask: a permit, or a chance, is needed, which only the daemon gives
///     bits 5-7    zero; a reader ignores them
///     bits 8-31   the low 24 bits of the generation
///     bits 32-63  when an open breaker may be asked again, in ticks since the board's base
public struct BoardWord: Equatable, Sendable {
  /// A tick of the retry time, in nanoseconds.
  @inlinable public static var tick: UInt64 { 10_000_000 }
  /// The ticks that mean that there is no retry time.
  @inlinable public static var noRetry: UInt32 { .max }
  /// The word of a name that has been forgotten.
  public static let forgotten = BoardWord(bits: 0)

  /// As it is stored.
  public let bits: UInt64

  /// The word of these bits.
  @inlinable public init(bits: UInt64) { self.bits = bits }

  /// The word that says all this.
  ///
  /// - Parameters:
  ///   - asks: Whether readers are to ask the daemon, whatever the state is.
  ///   - generation: Of it the low 24 bits are kept.
  ///   - retryTicks: From ``ticks(until:since:)``.
  public init(_ state: BoardState, asks: Bool = false, generation: UInt64, retryTicks: UInt32 = noRetry) {
    bits =
      UInt64(state.rawValue) | (asks ? 1 << 4 : 0) | (generation & 0xFF_FFFF) << 8 | UInt64(retryTicks) << 32
  }

  /// A retry time as a word keeps it: in ticks, rounded up, since a board's base; both in nanoseconds of CLOCK_MONOTONIC.
  ///
  /// What is before the base is 0. What is more than 497 days after it is the last tick there is, so that a reader asks
  /// too early rather than never.
  public static func ticks(until time: UInt64, since base: UInt64) -> UInt32 {
    guard time > base else { return 0 }
    let ticks = (time - base - 1) / tick + 1
    return UInt32(min(ticks, UInt64(noRetry - 1)))
  }

  /// What the breaker does; nil: a later version's state, of which a reader knows that it must ask.
  @inlinable @inline(__always) public var state: BoardState? {
    BoardState(rawValue: UInt8(truncatingIfNeeded: bits & 0xF))
  }

  /// Whether readers must ask the daemon.
  @inlinable public var asks: Bool { bits & 1 << 4 != 0 }

  /// The low 24 bits of the generation.
  @inlinable public var generation: UInt32 { UInt32(truncatingIfNeeded: bits >> 8) & 0xFF_FFFF }

  /// The retry time; ``noRetry``: there is none.
  @inlinable public var retryTicks: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }

  /// The retry time in nanoseconds of CLOCK_MONOTONIC; nil: there is none.
  @inlinable @inline(__always) public func retryTime(since base: UInt64) -> UInt64? {
    retryTicks == Self.noRetry ? nil : base &+ UInt64(retryTicks) &* Self.tick
  }
}
