public import BreakerCore

/// What became of one step, and how the breaker stands after it.
public struct StepResult: Sendable {
  /// The answer to a step that asks.
  public enum Answer: Sendable {
    /// The call may pass.
    case allow
    /// It may not.
    case deny
    /// The step does not ask.
    case none
  }

  /// What the step tells of calls.
  public enum Account: Equatable, Sendable {
    /// Nothing.
    case nothing
    /// Calls asked, of which so many were refused; with a step that says how they ended, or one to come.
    case asked(count: Int, refused: Int, outcome: Outcome?)
    /// A call that had asked before ended, for the first time.
    case ended(Outcome, wasRefused: Bool)
    /// Calls that had not asked ended.
    case reported(Outcome, count: Int)
  }

  /// When.
  public var time: Instant
  /// What it was told; of several calls the last.
  public var answer: Answer
  /// What the breaker is doing now.
  public var state: State
  /// How long until it is worth asking again, as the daemon says it; nil: not known, or not refused.
  public var retryAfter: Timespan?
  /// The number of the breaker's generation, from 1.
  public var generation: UInt64
  /// The calls that its windowed rules look at; without such rules, all of the generation.
  public var window: Counts
  /// What it tells of calls.
  public var account: Account
}
