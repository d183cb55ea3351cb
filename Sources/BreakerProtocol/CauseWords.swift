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
    case .probeOverdue: "probe_overdue"
    case .checkSucceeded: "check_succeeded"
    case .checksFailed: "checks_failed"
    case .leaseLapsed: "lease_lapsed"
    case .maxWait: "max_wait"
    case .forced: "forced"
    case .released: "released"
    case .forceEnded: "force_ended"
    case .reset: "reset"
    }
  }

  /// A figure that decided.
  public enum Figure: CustomStringConvertible {
    case number(Int)
    case rate(Rate)

    /// As on the wire.
    public var description: String {
      switch self {
      case .number(let number): "\(number)"
      case .rate(let rate): rate.notation
      }
    }
  }

  /// The figures that decided, as words `key=value`.
  public var figures: [(key: StaticString, value: Figure)] {
    switch self {
    case .consecutiveFailures(let run, let threshold):
      [("run", .number(run)), ("threshold", .number(threshold))]
    case .failures(let count, let threshold):
      [("window_failures", .number(count)), ("threshold", .number(threshold))]
    case .failureRate(let failures, let total, let threshold):
      [("calls", .number(total)), ("failures", .number(failures)), ("threshold", .rate(threshold))]
    case .slowRate(let slow, let total, let threshold):
      [("calls", .number(total)), ("slow", .number(slow)), ("threshold", .rate(threshold))]
    case .probesSucceeded(let total, let failures):
      [("calls", .number(total)), ("failures", .number(failures))]
    case .checkSucceeded(let attempts), .checksFailed(let attempts):
      [("attempts", .number(attempts))]
    case .leaseLapsed(let holder), .probeOverdue(let holder):
      [("holder_pid", .number(Int(holder.pid))), ("holder_uid", .number(Int(holder.uid)))]
    case .openElapsed, .probeFailed, .probeSlow, .maxWait, .forced, .released, .forceEnded, .reset:
      []
    }
  }
}
