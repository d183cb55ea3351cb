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
    let trip = try resolver.trip()
    let recovery = resolver.merged.word(.recovery).flatMap(Policy.Recovery.init) ?? .traffic
    return Policy(
      trip: trip, open: try resolver.open(), halfOpen: try resolver.halfOpen(slowRate: trip.slowRate),
      recovery: recovery, forgetAfter: resolver.merged.duration(.forgetAfter))
  }

  private func trip() throws(SettingError) -> Policy.Trip {
    var trip = Policy.Trip(
      consecutiveFailures: merged.count(.tripConsecutiveFailures), failures: merged.count(.tripFailures),
      failureRate: merged.rate(.tripFailureRate), slowRate: merged.rate(.tripSlowRate),
      slowCall: merged.duration(.tripSlowCall), onSuccess: merged.flag(.tripOnSuccess) ?? false,
      lump: merged.duration(.lump))
    let isWindowed = trip.failures != nil || trip.failureRate != nil || trip.slowRate != nil
    guard isWindowed || trip.consecutiveFailures != nil else { throw .neverOpens }
    if trip.slowRate != nil && trip.slowCall == nil {
      throw SettingError(
        .tripSlowRate, "needs trip.slow_call, from which a call is slow, for example trip.slow_call=2s")
    }
    trip.window = try window(isNeeded: isWindowed)
    trip.minimumCalls = merged.count(.tripMinimumCalls) ?? trip.minimumCalls
    if case .calls(let calls) = trip.window { try fit(&trip, into: calls) }
    return trip
  }

  private func window(isNeeded: Bool) throws(SettingError) -> Policy.WindowShape {
    if let calls = merged.count(.tripWindowCalls) { return .calls(calls) }
    if merged.word(.tripWindow) != nil { return .generation }
    let (time, buckets) = (merged.duration(.tripWindowTime), merged.count(.tripWindowBuckets))
    guard isNeeded || time != nil || buckets != nil else { return .generation }
    return try window(
      of: time ?? .seconds(60), in: buckets ?? 10, blaming: time != nil ? .tripWindowTime : .tripWindowBuckets)
  }

  private func window(
    of time: Timespan, in buckets: Int, blaming key: PolicyKey
  ) throws(SettingError) -> Policy.WindowShape {
    func fits(_ buckets: Int) -> Bool { time.microseconds.isMultiple(of: Int64(buckets) * 1_000) }
    guard fits(buckets) else {
      let advice = (1...buckets).last(where: fits).map { "trip.window.buckets=\($0) would do" }
      throw SettingError(
        key,
        "\(time.notation) in \(buckets) buckets is not a whole number of milliseconds each; "
          + (advice ?? "write whole milliseconds"))
    }
    return .time(bucket: Timespan(microseconds: time.microseconds / Int64(buckets)), buckets: buckets)
  }

  /// Holds the counts of `trip` against a window of `calls`.
  private func fit(_ trip: inout Policy.Trip, into calls: Int) throws(SettingError) {
    if let failures = trip.failures, failures > calls {
      throw SettingError(
        .tripFailures, "\(failures) can never be reached in trip.window.calls=\(calls); write \(calls) or less")
    }
    guard trip.minimumCalls > calls else { return }
    guard merged.layer(of: .tripMinimumCalls) < merged.layer(of: .tripWindowCalls) else {
      throw SettingError(
        .tripMinimumCalls,
        "\(trip.minimumCalls) can never be reached in trip.window.calls=\(calls); write \(calls) or less")
    }
    trip.minimumCalls = calls
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
