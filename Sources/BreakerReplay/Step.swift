public import BreakerCore

/// One line of a trace: something that happened to a breaker, and when.
public struct Step: Equatable, Sendable {
  /// What happened.
  public enum Act: Equatable, Sendable {
    /// Calls that ask, and that report at once if they may pass; each asks for itself.
    case call(Ending)
    /// A call that asks and goes on.
    case begin(Label)
    /// The report of a call that began, with the token it was given.
    case end(Label, Ending)
    /// A report without token.
    case report(Ending)
    /// Nothing but the time.
    case peek
    /// The connection closes.
    case drop
    /// An admin resets the breaker.
    case reset
    /// An admin forces it, for a while or until released.
    case force(ForcedMode, for: Timespan?)
    /// An admin ends a force.
    case release
  }

  /// How calls ended.
  public struct Ending: Equatable, Sendable {
    /// The outcome of each.
    public var outcome: Outcome
    /// How long each took; nil: not measured.
    public var duration: Timespan?
    /// How many calls, 1 to 1,000,000.
    public var count: Int
    /// How long ago the newest of them had ended when this was told.
    public var age: Timespan
  }

  /// When, on the trace's own clock.
  public var time: Instant
  /// What.
  public var act: Act
  /// The connection it came on; the same for all that name none.
  public var connection: Label
  /// The draw of chance that decides, 0 or more and less than 1; nil: none is given.
  public var chance: Double?
}
