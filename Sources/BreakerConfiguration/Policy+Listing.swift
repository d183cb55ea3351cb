public import BreakerCore

extension Policy {
  /// The policy as settings: every key that has a value in it, the built-in ones too, and `off` where one of those was
  /// taken away.
  ///
  /// ``PolicyResolver/resolve(_:)`` makes an equal policy of them. Only for a policy that came from there: others may lie
  /// outside the ranges of the keys.
  public var settings: PolicySettings {
    var values: [PolicyKey: SettingValue] = [
      .tripMinimumCalls: .count(trip.minimumCalls),
      .tripOnSuccess: .flag(trip.onSuccess),
      .openDuration: .duration(open.duration),
      .openBackoff: .factor(hundredths: Int((open.backoff * 100).rounded())),
      .openMaxDuration: .duration(open.maxDuration),
      .openJitter: .rate(open.jitter),
      .openResetAfter: .duration(open.resetAfter),
      .halfOpenProbes: .count(halfOpen.probes),
      .halfOpenLease: .duration(halfOpen.lease),
      .halfOpenMaxLease: .duration(halfOpen.maxLease),
      .recovery: .word(recovery.rawValue),
    ]
    values[.tripConsecutiveFailures] = trip.consecutiveFailures.map { .count($0) }
    values[.tripFailures] = trip.failures.map { .count($0) }
    values[.tripFailureRate] = trip.failureRate.map { .rate($0) }
    values[.tripSlowRate] = trip.slowRate.map { .rate($0) }
    values[.tripSlowCall] = trip.slowCall.map { .duration($0) }
    values[.lump] = trip.lump.map { .duration($0) }
    values[.forgetAfter] = forgetAfter.map { .duration($0) }
    values[.halfOpenMaxWait] = halfOpen.maxWait.map { .duration($0) }
    switch trip.window {
    case .generation:
      values[.tripWindow] = .word("none")
    case .time(let bucket, let buckets):
      values[.tripWindowTime] = .duration(Timespan(microseconds: bucket.microseconds * Int64(buckets)))
      values[.tripWindowBuckets] = .count(buckets)
    case .calls(let calls):
      values[.tripWindowCalls] = .count(calls)
    }
    switch halfOpen.verdict {
    case .successes(let successes):
      values[.halfOpenSuccesses] = .count(successes)
    case .calls(let calls, let failureRate):
      values[.halfOpenCalls] = .count(calls)
      values[.halfOpenFailureRate] = .rate(failureRate)
    }
    return PolicySettings(values, off: forgetAfter == nil ? [.forgetAfter] : [])
  }
}
