public import BreakerCore

/// Makes a policy of layers of settings, or says why they make none.
public struct PolicyResolver {
  private let merged: MergedSettings

  /// The policy that `layers` make, on top of the built-in values.
  ///
  /// A layer that gives any trip rule replaces the rules below it as a set; so are the window and the half-open verdict.
  /// All other keys are replaced one by one; `off` removes a key.
  ///
  /// - Parameter layers: Lowest first.
  /// - Throws: ``SettingError`` if keys contradict each other, or the breaker could never open or never close.
  public static func resolve(_ layers: [PolicySettings]) throws(SettingError) -> Policy {
    let resolver = PolicyResolver(merged: try MergedSettings([.builtIn] + layers))
    guard let trip = try resolver.trip(.deciding) else { throw .neverOpens }
    let unreachable = trip.unreachableForLump
    if let first = unreachable.first, unreachable.count == trip.ruleCount {
      throw SettingError(first.key, "the breaker could never open: it \(first.message)")
    }
    let recovery = resolver.merged.word(.recovery).flatMap(Policy.Recovery.init) ?? .traffic
    return Policy(
      trip: trip, open: try resolver.open(), halfOpen: try resolver.halfOpen(slowRate: trip.slowRate),
      recovery: recovery, check: resolver.check(), ramp: try resolver.ramp(), calls: resolver.calls(),
      shadow: try resolver.shadow(), forgetAfter: resolver.merged.duration(.forgetAfter))
  }

  // MARK: Trip rules

  /// Which of two sets of rules a key belongs to.
  private enum Rules {
    case deciding, telling

    /// The key of this set that is like the one of the rules that decide.
    subscript(key: PolicyKey) -> PolicyKey {
      switch self {
      case .deciding: key
      case .telling: key.shadow ?? key
      }
    }
  }

  /// Nil if there is no rule.
  private func trip(_ rules: Rules) throws(SettingError) -> Policy.Trip? {
    var trip = Policy.Trip(
      consecutiveFailures: merged.count(rules[.tripConsecutiveFailures]),
      failures: merged.count(rules[.tripFailures]), failureRate: merged.rate(rules[.tripFailureRate]),
      slowRate: merged.rate(rules[.tripSlowRate]), slowCall: merged.duration(rules[.tripSlowCall]),
      onSuccess: merged.flag(rules[.tripOnSuccess]) ?? false, lump: merged.duration(rules[.lump]))
    guard trip.hasWindowedRule || trip.consecutiveFailures != nil else { return nil }
    if trip.slowRate != nil && trip.slowCall == nil {
      let slowCall = rules[.tripSlowCall]
      throw SettingError(
        rules[.tripSlowRate], "needs \(slowCall), from which a call is slow, for example \(slowCall)=2s")
    }
    trip.window = try window(rules, isNeeded: trip.hasWindowedRule)
    trip.minimumCalls = merged.count(rules[.tripMinimumCalls]) ?? trip.minimumCalls
    if case .calls(let calls) = trip.window { try fit(&trip, into: calls, rules) }
    return trip
  }

  /// The rules that only tell; nil if there are none.
  private func shadow() throws(SettingError) -> Policy.Trip? {
    if let trip = try trip(.telling) { return trip }
    let given = PolicyKey.allCases.first { $0.original != nil && merged.layer(of: $0) >= 0 }
    let ruleKeys = KeySet.shadowRules.keys
    guard let given, !ruleKeys.contains(where: merged.mentions) else { return nil }
    throw SettingError(given, "needs a rule beside it, one of \(ruleKeys.map(\.rawValue).joined(separator: ", "))")
  }

  private func window(_ rules: Rules, isNeeded: Bool) throws(SettingError) -> Policy.WindowShape {
    if let calls = merged.count(rules[.tripWindowCalls]) { return .calls(calls) }
    if merged.word(rules[.tripWindow]) != nil { return .generation }
    let (time, buckets) = (merged.duration(rules[.tripWindowTime]), merged.count(rules[.tripWindowBuckets]))
    guard isNeeded || time != nil || buckets != nil else { return .generation }
    return try window(of: time ?? .seconds(60), in: buckets ?? 10, rules, isTimeGiven: time != nil)
  }

  private func window(
    of time: Timespan, in buckets: Int, _ rules: Rules, isTimeGiven: Bool
  ) throws(SettingError) -> Policy.WindowShape {
    func fits(_ buckets: Int) -> Bool { time.microseconds.isMultiple(of: Int64(buckets) * 1_000) }
    guard fits(buckets) else {
      let advice = (1...buckets).last(where: fits).map { "\(rules[.tripWindowBuckets])=\($0) would do" }
      throw SettingError(
        rules[isTimeGiven ? .tripWindowTime : .tripWindowBuckets],
        "\(time.notation) in \(buckets) buckets is not a whole number of milliseconds each; "
          + (advice ?? "write whole milliseconds"))
    }
    return .time(bucket: Timespan(microseconds: time.microseconds / Int64(buckets)), buckets: buckets)
  }

  /// Holds the counts of `trip` against a window of `calls`.
  private func fit(_ trip: inout Policy.Trip, into calls: Int, _ rules: Rules) throws(SettingError) {
    func never(_ key: PolicyKey, _ count: Int) -> SettingError {
      SettingError(
        rules[key],
        "\(count) can never be reached in \(rules[.tripWindowCalls])=\(calls); write \(calls) or less")
    }
    if let failures = trip.failures, failures > calls { throw never(.tripFailures, failures) }
    guard trip.minimumCalls > calls else { return }
    guard merged.layer(of: rules[.tripMinimumCalls]) < merged.layer(of: rules[.tripWindowCalls]) else {
      throw never(.tripMinimumCalls, trip.minimumCalls)
    }
    trip.minimumCalls = calls
  }

  // MARK: Beside the rules

  private func check() -> Policy.Check {
    var check = Policy.Check()
    check.interval = merged.duration(.checkInterval) ?? check.interval
    check.attempts = merged.count(.checkAttempts) ?? check.attempts
    check.latch = merged.flag(.checkLatch) ?? check.latch
    check.timeout = merged.duration(.checkTimeout) ?? check.timeout
    check.http = merged.word(.checkHTTP)
    check.expect = merged.count(.checkExpect) ?? check.expect
    check.tcp = merged.word(.checkTCP)
    return check
  }

  private func ramp() throws(SettingError) -> Policy.Ramp? {
    guard let duration = merged.duration(.rampDuration) else {
      guard merged.layer(of: .rampStart) <= merged.builtInLayer || merged.mentions(.rampDuration) else {
        throw SettingError(.rampStart, "needs ramp.duration beside it, for example ramp.duration=30s")
      }
      return nil
    }
    var ramp = Policy.Ramp(duration: duration)
    ramp.start = merged.rate(.rampStart) ?? ramp.start
    return ramp
  }

  private func calls() -> Policy.Calls {
    var calls = Policy.Calls(limit: merged.count(.concurrencyLimit), overdue: merged.duration(.overdue))
    guard calls.areTracked else { return calls }
    calls.lease = merged.duration(.concurrencyLease) ?? calls.lease
    return calls
  }

  private func open() throws(SettingError) -> Policy.Open {
    var open = Policy.Open()
    open.duration = merged.duration(.openDuration) ?? open.duration
    open.backoff = merged.factor(.openBackoff) ?? open.backoff
    open.maxDuration = merged.duration(.openMaxDuration) ?? open.maxDuration
    try raise(&open.maxDuration, .openMaxDuration, to: open.duration, .openDuration)
    open.jitter = merged.rate(.openJitter) ?? open.jitter
    open.resetAfter = merged.duration(.openResetAfter) ?? open.duration
    return open
  }

  private func halfOpen(slowRate: Rate?) throws(SettingError) -> Policy.HalfOpen {
    var halfOpen = Policy.HalfOpen()
    halfOpen.probes = merged.count(.halfOpenProbes) ?? halfOpen.probes
    halfOpen.verdict = try verdict(slowRate: slowRate) ?? halfOpen.verdict
    halfOpen.lease = merged.duration(.halfOpenLease) ?? halfOpen.lease
    halfOpen.maxLease = merged.duration(.halfOpenMaxLease) ?? halfOpen.maxLease
    try raise(&halfOpen.maxLease, .halfOpenMaxLease, to: halfOpen.lease, .halfOpenLease)
    halfOpen.maxWait = merged.duration(.halfOpenMaxWait)
    return halfOpen
  }

  private func verdict(slowRate: Rate?) throws(SettingError) -> Policy.Verdict? {
    switch (merged.count(.halfOpenCalls), merged.rate(.halfOpenFailureRate)) {
    case (nil, nil):
      return merged.count(.halfOpenSuccesses).map { .successes($0) }
    case (.some, nil):
      throw SettingError(
        .halfOpenCalls, "needs half_open.failure_rate beside it, for example half_open.failure_rate=50%")
    case (nil, .some):
      throw SettingError(.halfOpenFailureRate, "needs half_open.calls beside it, for example half_open.calls=10")
    case (let calls?, let failureRate?):
      let never = "is reached by any calls, so the breaker could never close; write more than 0%"
      if failureRate.basisPoints == 0 { throw SettingError(.halfOpenFailureRate, "0% \(never)") }
      // The slow rate judges the settled calls as well.
      if slowRate?.basisPoints == 0 { throw SettingError(.tripSlowRate, "0% \(never), or give half_open.successes") }
      return .calls(calls, failureRate: failureRate)
    }
  }

  /// Raises `limit` to `bounded` if it is less, and comes from a layer below.
  private func raise(
    _ limit: inout Timespan, _ key: PolicyKey, to bounded: Timespan, _ boundedKey: PolicyKey
  ) throws(SettingError) {
    guard limit < bounded else { return }
    guard merged.layer(of: key) < merged.layer(of: boundedKey) else {
      throw SettingError(
        key,
        "\(limit.notation) is less than \(boundedKey), \(bounded.notation); write \(bounded.notation) or more, "
          + "or a shorter \(boundedKey)")
    }
    limit = bounded
  }
}
