public import BreakerCore

extension Cause {
  /// The cause in one word, as in `cause=`.
  public var word: StaticString {
    switch self {
    case .consecutiveFailures: "consecutive_failures"
    case .failures: "failures"
    case .failureRate: "failure_rate"
    case .slowRate: "slow_rate"
    case .openElapsed: "open_elapsed"
    case .probesSucceeded: "probes_succeeded"
    case .probeFailed: "probe_failed"
    case .probeSlow: "probe_slow"
    case .leaseLapsed: "lease_lapsed"
    case .maxWait: "max_wait"
    case .forced: "forced"
    case .released: "released"
    case .forceEnded: "force_ended"
    case .reset: "reset"
    }
  }

  /// The figures that decided, as words `key=value`.
  public var figures: [(key: StaticString, value: String)] {
    switch self {
    case .consecutiveFailures(let run, let threshold):
      [("run", "\(run)"), ("threshold", "\(threshold)")]
    case .failures(let count, let threshold):
      [("window_failures", "\(count)"), ("threshold", "\(threshold)")]
    case .failureRate(let failures, let total, let threshold):
      [("calls", "\(total)"), ("failures", "\(failures)"), ("threshold", threshold.notation)]
    case .slowRate(let slow, let total, let threshold):
      [("calls", "\(total)"), ("slow", "\(slow)"), ("threshold", threshold.notation)]
    case .probesSucceeded(let total, let failures):
      [("calls", "\(total)"), ("failures", "\(failures)")]
    case .leaseLapsed(let holder):
      [("holder_pid", "\(holder.pid)"), ("holder_uid", "\(holder.uid)")]
    case .openElapsed, .probeFailed, .probeSlow, .maxWait, .forced, .released, .forceEnded, .reset:
      []
    }
  }
}
