/// What a breaker cannot know by itself: the time, the next generation number, and chance.
///
/// A call that returns a transition has taken ``nextGeneration`` (and may have used ``chance``): give the next call a
/// moment with a higher number and a fresh draw. While a breaker is ramping (``Breaker/isRamping``), each request needs a
/// fresh draw.
public struct Moment: Sendable {
  /// The time; never earlier than at the call before.
  public var now: Instant
  /// The number that a new generation gets; higher than any given before.
  public var nextGeneration: UInt64
  /// A random number, 0 or more and less than 1, for the jitter of an opening, and for the share of a ramp.
  public var chance: Double
  /// Whether a prober is at hand that could try the dependency; see ``Policy/Check``.
  public var hasProber: Bool
  /// Which calls may be tracked from now on.
  public var room: Room

  /// Which calls a keeper of many breakers still has room to track.
  public enum Room: Sendable {
    /// All.
    case free
    /// Those that take a slot of a limit; others pass without being watched for becoming overdue.
    case slotsOnly
    /// None: those that would take a slot are refused.
    case none
  }

  /// The moment made of these.
  public init(
    now: Instant, nextGeneration: UInt64, chance: Double, hasProber: Bool = false, room: Room = .free
  ) {
    self.now = now
    self.nextGeneration = nextGeneration
    self.chance = chance
    self.hasProber = hasProber
    self.room = room
  }
}
