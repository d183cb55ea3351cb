/// One move of a breaker from one state or mode to another: all that a log, a watcher, or a store needs of it.
public struct Transition: Equatable, Sendable {
  /// Where it was.
  public let from: State
  /// Where it is now.
  public let to: State
  /// When: the time of the event, or of the deadline, that caused it.
  public let at: Instant
  /// The generation that began with it.
  public let generation: UInt64
  /// Why.
  public let cause: Cause
  /// When it ends by itself: the retry time of an open breaker, the end of a force; ``Instant/never`` if it does not.
  public let until: Instant
  /// How many openings in a row there have been, this one included if it is one.
  public let openings: Int

  /// Whether a rule tripped: a breaker that a prober checks is half-open at once.
  public var isTrip: Bool { from == .closed && (to == .open || to == .halfOpen) }
}

/// Why a breaker moved, with the figures that decided.
public enum Cause: Equatable, Sendable {
  /// As many failures in a row as the rule allows.
  case consecutiveFailures(run: Int, threshold: Int)
  /// As many failures in the window as the rule allows.
  case failures(count: Int, threshold: Int)
  /// Too large a share of failures, in the window or among the settled probes.
  case failureRate(failures: Int, total: Int, threshold: Rate)
  /// Too large a share of slow calls, in the window or among the settled probes.
  case slowRate(slow: Int, total: Int, threshold: Rate)
  /// The open time is over.
  case openElapsed
  /// The probes succeeded: this many, of which so many failed.
  case probesSucceeded(total: Int, failures: Int)
  /// A probe failed.
  case probeFailed
  /// A probe succeeded, but was slow.
  case probeSlow
  /// This caller's probe did not return in time.
  case probeOverdue(Caller)
  /// The prober found the dependency well, at this attempt.
  case checkSucceeded(attempts: Int)
  /// So many attempts of the prober have failed: all that it has.
  case checksFailed(attempts: Int)
  /// This caller did not report on its probe within the lease.
  case leaseLapsed(Caller)
  /// Half-open for too long without a decision.
  case maxWait
  /// An admin forced it.
  case forced
  /// An admin ended a force.
  case released
  /// A force came to its end.
  case forceEnded
  /// An admin reset it.
  case reset
}
