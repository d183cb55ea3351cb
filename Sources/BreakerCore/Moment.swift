/// What a breaker cannot know by itself: the time, the next generation number, and chance.
///
/// A call that returns a transition has taken ``nextGeneration`` (and may have used ``chance``): give the next call a
/// moment with a higher number and a fresh draw.
public struct Moment: Sendable {
  /// The time; never earlier than at the call before.
  public var now: Instant
  /// The number that a new generation gets; higher than any given before.
  public var nextGeneration: UInt64
  /// A random number, 0 or more and less than 1, for the jitter of an opening.
  public var chance: Double

  /// The moment made of these.
  public init(now: Instant, nextGeneration: UInt64, chance: Double) {
    self.now = now
    self.nextGeneration = nextGeneration
    self.chance = chance
  }
}
