public import BreakerCore

extension Policy {
  /// The policy as settings: every key that has a value in it, the built-in ones too, and `off` where one of those was
  /// taken away.
  ///
  /// ``PolicyResolver/resolve(_:)`` makes an equal policy of them. Only for a policy that came from there: others may lie
  /// outside the ranges of the keys.
  public var settings: PolicySettings {
    var values: [PolicyKey: SettingValue] = [
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
    values.merge(Self.values(of: trip)) { $1 }
    values[.halfOpenMaxWait] = halfOpen.maxWait.map { .duration($0) }
    values[.forgetAfter] = forgetAfter.map { .duration($0) }
    switch halfOpen.verdict {
    case .successes(let successes):
      values[.halfOpenSuccesses] = .count(successes)
    case .calls(let calls, let failureRate):
      values[.halfOpenCalls] = .count(calls)
      values[.halfOpenFailureRate] = .rate(failureRate)
    }
    if let shadow {
      for key in PolicyKey.allCases {
        if let original = key.original { values[key] = Self.values(of: shadow)[original] }
      }
    }
    values.merge(extras) { $1 }
    return PolicySettings(values, off: forgetAfter == nil ? [.forgetAfter] : [])
  }

  private static func values(of trip: Trip) -> [PolicyKey: SettingValue] {
    var values: [PolicyKey: SettingValue] = [
      .tripMinimumCalls: .count(trip.minimumCalls), .tripOnSuccess: .flag(trip.onSuccess),
    ]
    values[.tripConsecutiveFailures] = trip.consecutiveFailures.map { .count($0) }
    values[.tripFailures] = trip.failures.map { .count($0) }
    values[.tripFailureRate] = trip.failureRate.map { .rate($0) }
    values[.tripSlowRate] = trip.slowRate.map { .rate($0) }
    values[.tripSlowCall] = trip.slowCall.map { .duration($0) }
    values[.lump] = trip.lump.map { .duration($0) }
    switch trip.window {
    case .generation:
      values[.tripWindow] = .word("none")
    case .time(let bucket, let buckets):
      values[.tripWindowTime] = .duration(Timespan(microseconds: bucket.microseconds * Int64(buckets)))
      values[.tripWindowBuckets] = .count(buckets)
    case .calls(let calls):
      values[.tripWindowCalls] = .count(calls)
    }
    return values
  }

  /// What only some policies have.
  private var extras: [PolicyKey: SettingValue] {
    var values: [PolicyKey: SettingValue] = [:]
    values[.overdue] = calls.overdue.map { .duration($0) }
    values[.concurrencyLimit] = calls.limit.map { .count($0) }
    if calls.areTracked { values[.concurrencyLease] = .duration(calls.lease) }
    if let ramp {
      values[.rampStart] = .rate(ramp.start)
      values[.rampDuration] = .duration(ramp.duration)
    }
    if let check {
      values[.checkInterval] = .duration(check.interval)
      values[.checkAttempts] = .count(check.attempts)
      values[.checkLatch] = .flag(check.latch)
      values[.checkTimeout] = .duration(check.timeout)
      values[.checkHTTP] = check.http.map { .word($0) }
      values[.checkExpect] = .count(check.expect)
      values[.checkTCP] = check.tcp.map { .word($0) }
    }
    return values
  }
}
