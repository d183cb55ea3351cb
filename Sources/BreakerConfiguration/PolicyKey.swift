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
  /// How long a call may take before it counts as failed.
  case overdue = "overdue"
  /// Calls at once.
  case concurrencyLimit = "concurrency.limit"
  /// How long a call is waited for.
  case concurrencyLease = "concurrency.lease"
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
  /// From one check to the next.
  case checkInterval = "check.interval"
  /// Failed checks that end the series.
  case checkAttempts = "check.attempts"
  /// Whether the end of the series is the end until a reset.
  case checkLatch = "check.latch"
  /// How long one check may take.
  case checkTimeout = "check.timeout"
  /// What is asked for by HTTP.
  case checkHTTP = "check.http"
  /// The status that is expected then.
  case checkExpect = "check.expect"
  /// What is connected to by TCP.
  case checkTCP = "check.tcp"
  /// The share of calls that pass at first after an outage.
  case rampStart = "ramp.start"
  /// How long until all pass.
  case rampDuration = "ramp.duration"
  /// ``tripConsecutiveFailures`` of the second rules.
  case shadowConsecutiveFailures = "shadow.trip.consecutive_failures"
  /// ``tripFailures`` of the second rules.
  case shadowFailures = "shadow.trip.failures"
  /// ``tripFailureRate`` of the second rules.
  case shadowFailureRate = "shadow.trip.failure_rate"
  /// ``tripSlowRate`` of the second rules.
  case shadowSlowRate = "shadow.trip.slow_rate"
  /// ``tripSlowCall`` of the second rules.
  case shadowSlowCall = "shadow.trip.slow_call"
  /// ``tripMinimumCalls`` of the second rules.
  case shadowMinimumCalls = "shadow.trip.minimum_calls"
  /// ``tripWindow`` of the second rules.
  case shadowWindow = "shadow.trip.window"
  /// ``tripWindowTime`` of the second rules.
  case shadowWindowTime = "shadow.trip.window.time"
  /// ``tripWindowBuckets`` of the second rules.
  case shadowWindowBuckets = "shadow.trip.window.buckets"
  /// ``tripWindowCalls`` of the second rules.
  case shadowWindowCalls = "shadow.trip.window.calls"
  /// ``tripOnSuccess`` of the second rules.
  case shadowOnSuccess = "shadow.trip_on_success"
  /// ``lump`` of the second rules.
  case shadowLump = "shadow.lump"
  /// Idle for how long the breaker is dropped.
  case forgetAfter = "forget_after"

  /// What `off` takes at `path`: the key, or all keys of the block such as `ramp`; of `trip.window`, which is both, both. None
  /// if there is neither.
  static func keys(at path: String) -> [PolicyKey] {
    allCases.filter { $0.rawValue == path || $0.rawValue.hasPrefix(path + ".") }
  }

  /// For a key that is a word or else a block: the key in the block that `text` was most likely meant for.
  func inner(for text: String) -> PolicyKey? {
    Self.windows[self]?.first { (try? $0.entry.kind.parse(text)) != nil }
  }

  private static let windows: [PolicyKey: [PolicyKey]] = [
    .tripWindow: [.tripWindowTime, .tripWindowCalls], .shadowWindow: [.shadowWindowTime, .shadowWindowCalls],
  ]

  /// For a key of the rules that only tell: its like of the rules that decide.
  var original: PolicyKey? { Self.originals[self] }

  /// For a key of the rules that decide: its like of the rules that only tell.
  var shadow: PolicyKey? { Self.shadows[self] }

  private static let originals: [PolicyKey: PolicyKey] = {
    let pairs = allCases.compactMap { key in
      key.rawValue.hasPrefix("shadow.")
        ? PolicyKey(rawValue: String(key.rawValue.dropFirst("shadow.".count))).map { (key, $0) } : nil
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()
  private static let shadows = Dictionary(uniqueKeysWithValues: originals.map { ($0.value, $0.key) })

  /// The dotted key.
  public var description: String { rawValue }
}
