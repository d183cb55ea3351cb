/// One breaker as the store keeps it: plain values, whose meaning is the caller's business.
///
/// Times are wall-clock microseconds since 1970, lengths are microseconds.
public struct BreakerRow: Equatable, Sendable {
  /// Its name. There is one row of a name; saving replaces it.
  public var name: String
  /// The state's number.
  public var state: Int64
  /// The number of its generation.
  public var generation: Int64
  /// When the generation began.
  public var sinceWall: Int64
  /// When the state ends by itself; nil: it does not.
  public var untilWall: Int64?
  /// The length that ``untilWall`` was set with; nil: none.
  public var length: Int64?
  /// Openings in a row.
  public var openings: Int64
  /// The policy keys that an admin has set, as text; empty: none.
  public var overrides: String
  /// What is known of the last trip, as the caller encodes it; empty: nothing.
  public var explanation: [UInt8]
  /// Counters and window, as the caller encodes them; may be empty.
  public var figures: [UInt8]

  /// A row of these values; what is left out is none.
  public init(
    name: String, state: Int64, generation: Int64, sinceWall: Int64, untilWall: Int64? = nil, length: Int64? = nil,
    openings: Int64 = 0, overrides: String = "", explanation: [UInt8] = [], figures: [UInt8] = []
  ) {
    self.name = name
    self.state = state
    self.generation = generation
    self.sinceWall = sinceWall
    self.untilWall = untilWall
    self.length = length
    self.openings = openings
    self.overrides = overrides
    self.explanation = explanation
    self.figures = figures
  }
}
