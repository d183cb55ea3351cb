/// A key of a policy, dotted as in `set NAME key=value` and `--default KEY=VALUE`, in the order in which they are shown.
///
/// What each takes and means stands in its ``entry``.
public enum PolicyKey: String, CaseIterable, Sendable, CustomStringConvertible {
  /// Failures in a row that open.
  case tripConsecutiveFailures = "trip.consecutive_failures"
  /// Failures in the window that open.
  case tripFailures = "trip.failures"
  /// Share of failures in the window that opens.
  case tripFailureRate = "trip.failure_rate"
  /// Share of slow calls in the window that opens.
  case tripSlowRate = "trip.slow_rate"
  /// From which duration a call is slow.
  case tripSlowCall = "trip.slow_call"
  /// Calls that the window must hold before the rates say anything.
  case tripMinimumCalls = "trip.minimum_calls"
  /// The word `none`: no window, the rules look at all calls since the breaker closed.
  case tripWindow = "trip.window"
  /// Length of a window of time.
  case tripWindowTime = "trip.window.time"
  /// Steps in which a window of time slides.
  case tripWindowBuckets = "trip.window.buckets"
  /// Length of a window of calls.
  case tripWindowCalls = "trip.window.calls"
  /// Whether a plain success opens as well.
  case tripOnSuccess = "trip_on_success"
  /// How close two failures must be to be one event.
  case lump = "lump"
  /// How long the first opening lasts.
  case openDuration = "open.duration"
  /// By what each further opening in a row is longer.
  case openBackoff = "open.backoff"
  /// How long an opening lasts at most.
  case openMaxDuration = "open.max_duration"
  /// By what share an opening is longer or shorter at random.
  case openJitter = "open.jitter"
  /// Closed for how long the breaker forgets its openings.
  case openResetAfter = "open.reset_after"
  /// Permits out at once.
  case halfOpenProbes = "half_open.probes"
  /// Successes that close.
  case halfOpenSuccesses = "half_open.successes"
  /// Settled calls after which a rate decides.
  case halfOpenCalls = "half_open.calls"
  /// The rate that then opens again.
  case halfOpenFailureRate = "half_open.failure_rate"
  /// How long a permit lasts.
  case halfOpenLease = "half_open.lease"
  /// How long a permit may last if a client asks.
  case halfOpenMaxLease = "half_open.max_lease"
  /// How long half-open may stay undecided.
  case halfOpenMaxWait = "half_open.max_wait"
  /// Who may bring an open breaker back.
  case recovery = "recovery"
  /// Idle for how long the breaker is dropped.
  case forgetAfter = "forget_after"

  /// The dotted key.
  public var description: String { rawValue }
}
