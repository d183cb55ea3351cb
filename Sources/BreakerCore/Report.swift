/// How a call ended.
public enum Outcome: UInt8, CaseIterable, Sendable {
  /// It worked.
  case ok
  /// It failed, in a way that speaks against the dependency.
  case fail
  /// It says nothing about the dependency: cancelled, refused for the caller's own fault.
  case ignore
}

/// What a caller tells of its call, or of several.
public struct Report: Sendable {
  /// How it ended.
  public var outcome: Outcome
  /// What the caller was given when it was allowed; nil: it does not know.
  public var token: Token?
  /// How long it took; nil: not measured.
  public var duration: Timespan?
  /// How many calls this tells of, 1 to 1,000,000; more than one only for successes without permits.
  public var count: Int
  /// How long ago the newest of them ended.
  public var age: Timespan
  /// Who tells.
  public var caller: Caller

  /// The report made of these.
  public init(
    _ outcome: Outcome, token: Token? = nil, duration: Timespan? = nil, count: Int = 1, age: Timespan = .zero,
    caller: Caller
  ) {
    self.outcome = outcome
    self.token = token
    self.duration = duration
    self.count = count
    self.age = age
    self.caller = caller
  }
}

/// What became of a report.
public enum Receipt: Equatable, Sendable {
  /// It was counted, and moved nothing else.
  case counted
  /// It entered the totals only: the breaker is forced, or the call was overdue and counted then.
  case totalsOnly
  /// It was counted, and moved the breaker.
  case moved(Transition)
  /// It was counted under ``State/observe``, and would have opened a breaker that is not only watched.
  case wouldTrip([Cause])
  /// It belongs to the past: nothing but a counter changed.
  case stale
}
