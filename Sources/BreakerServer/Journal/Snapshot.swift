internal import BreakerCore

/// All that is kept of one breaker, as values. The journal's thread makes a row of them, and them of a row, so that the
/// loop need not.
struct Snapshot: Sendable {
  /// Why it is as it is.
  enum History: Sendable {
    case known(Explanation)
    /// As a row keeps it; empty: it never failed nor moved.
    case kept([UInt8])
  }

  let name: String
  /// By the engine's clock, as are the deadlines in it.
  let memory: BreakerMemory
  /// The keys of the policy that an admin has set, a line `key=value` for each.
  let overrides: String
  let history: History
  /// When it was taken.
  let time: ClockReading
}
