/// The rules of ``Policy/Trip``, in the order in which they are named when several hold at once.
enum Rule: UInt8, CaseIterable {
  case consecutiveFailures, failures, failureRate, slowRate
}

/// A set of rules.
struct Rules: OptionSet {
  let rawValue: UInt8

  init(rawValue: UInt8) { self.rawValue = rawValue }
  init(_ rule: Rule) { self.rawValue = 1 << rule.rawValue }
}

extension Policy.Trip {
  /// What `rule` says of these figures: why it holds, or nil if it does not hold or is not configured.
  func verdict(of rule: Rule, run: Int, window: Counts) -> Cause? {
    switch rule {
    case .consecutiveFailures:
      guard let threshold = consecutiveFailures, run >= threshold else { return nil }
      return .consecutiveFailures(run: run, threshold: threshold)
    case .failures:
      guard let threshold = failures, window.failures >= threshold else { return nil }
      return .failures(count: window.failures, threshold: threshold)
    case .failureRate:
      guard let threshold = failureRate, window.total >= minimumCalls,
        threshold.isReached(by: window.failures, of: window.total)
      else { return nil }
      return .failureRate(failures: window.failures, total: window.total, threshold: threshold)
    case .slowRate:
      guard let threshold = slowRate, window.total >= minimumCalls,
        threshold.isReached(by: window.slow, of: window.total)
      else { return nil }
      return .slowRate(slow: window.slow, total: window.total, threshold: threshold)
    }
  }
}

extension Policy.Open {
  /// How long an opening lasts after `before` others in a row.
  ///
  /// The product of duration and backoff is cut to the longest length before the jitter as well as after it, so that
  /// openings of the longest length are spread too (downwards). At the least it is a millisecond.
  func length(after before: Int, chance: Double) -> Timespan {
    let longest = Double(maxDuration.microseconds)
    var length = Double(duration.microseconds)
    var (power, remaining) = (backoff, before)
    while remaining > 0 {
      if remaining % 2 == 1 { length *= power }
      power *= power
      remaining /= 2
    }
    let share = Double(jitter.basisPoints) / 10_000 * (2 * chance - 1)
    // Rounded by hand, for `rounded()` would have to be linked from the C library. And Int64.max as a Double is one too
    // large for an Int64.
    let jittered = min(min(length, longest) * (1 + share), longest) + 0.5
    // Jitter leaves a millisecond at least, where the duration has one.
    let least = min(duration.microseconds, 1_000)
    return Timespan(microseconds: jittered < 0x1p63 ? max(Int64(jittered), least) : .max)
  }
}
