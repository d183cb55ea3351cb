import BreakerCore

/// The trip rules, in the order in which they are named when several hold at once.
enum SlowRule: CaseIterable {
  case consecutiveFailures, failures, failureRate, slowRate
}

func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
  number >= 0 ? number / divisor : -((-number + divisor - 1) / divisor)
}

// MARK: Closed

extension SlowBreaker {
  /// The calls in the window at this moment.
  var inWindow: Counts {
    var seen = past
    switch policy.trip.window {
    case .generation:
      break
    case .time(let bucket, let buckets):
      seen = past.filter { isLive($0.ended, bucket, buckets) }
    case .calls(let size):
      var room = size
      seen = []
      for one in past.reversed() {
        let taken = min(room, one.count)
        seen.append(Past(ended: one.ended, count: taken, failed: one.failed, slow: one.slow))
        room -= taken
      }
    }
    return sum(seen)
  }

  private func isLive(_ time: Int64, _ bucket: Timespan, _ buckets: Int) -> Bool {
    floorDivide(time, bucket.microseconds) > floorDivide(clock, bucket.microseconds) - Int64(buckets)
  }

  func sum(_ calls: [Past]) -> Counts {
    var counts = Counts.zero
    for call in calls {
      counts.total += call.count
      if call.failed { counts.failures += call.count }
      if call.slow { counts.slow += call.count }
    }
    return counts
  }

  mutating func record(_ report: Report, _ moment: Moment) -> Reply {
    // Under observe a rule is told of once, until it has been seen not to hold: before an outcome, or after it.
    told = told.filter { holding.contains($0) }
    let ended = clock - report.age.microseconds
    if case .time(let bucket, let buckets) = policy.trip.window, !isLive(ended, bucket, buckets) { return .counted }

    let failed = report.outcome == .fail
    if failed, let lump = policy.trip.lump, let lastCounted, abs(ended - lastCounted) < lump.microseconds {
      return .counted
    }
    past.append(Past(ended: ended, count: report.count, failed: failed, slow: isSlow(report)))
    if failed {
      // Of one run, the failure that ended last; it need not have come last.
      lastCounted = run.isEmpty ? ended : max(lastCounted ?? ended, ended)
      run.append(ended)
    } else if run.allSatisfy({ $0 <= ended }) {
      run = []
    }

    let mayTrip = failed || isSlow(report) || policy.trip.onSuccess
    if state == .closed {
      guard mayTrip, let rule = holding.first else { return .counted }
      return .moved(open(cause(rule), moment))
    }
    told = told.filter { holding.contains($0) }
    guard mayTrip else { return .counted }
    let new = holding.filter { !told.contains($0) }
    told = holding
    return new.isEmpty ? .counted : .wouldTrip(new.map(cause))
  }

  /// The rules that hold now.
  var holding: [SlowRule] { SlowRule.allCases.filter { holds($0) } }

  private func holds(_ rule: SlowRule) -> Bool {
    let trip = policy.trip
    let window = inWindow
    switch rule {
    case .consecutiveFailures:
      return trip.consecutiveFailures.map { run.count >= $0 } ?? false
    case .failures:
      return trip.failures.map { window.failures >= $0 } ?? false
    case .failureRate:
      guard let rate = trip.failureRate, window.total >= trip.minimumCalls else { return false }
      return window.failures * 10_000 >= rate.basisPoints * window.total
    case .slowRate:
      guard let rate = trip.slowRate, window.total >= trip.minimumCalls else { return false }
      return window.slow * 10_000 >= rate.basisPoints * window.total
    }
  }

  private func cause(_ rule: SlowRule) -> Cause {
    let trip = policy.trip
    let window = inWindow
    let none = Rate(basisPoints: 0)
    switch rule {
    case .consecutiveFailures:
      return .consecutiveFailures(run: run.count, threshold: trip.consecutiveFailures ?? 0)
    case .failures:
      return .failures(count: window.failures, threshold: trip.failures ?? 0)
    case .failureRate:
      return .failureRate(failures: window.failures, total: window.total, threshold: trip.failureRate ?? none)
    case .slowRate:
      return .slowRate(slow: window.slow, total: window.total, threshold: trip.slowRate ?? none)
    }
  }
}

// MARK: Half-open

extension SlowBreaker {
  /// How many outcomes are missing for a verdict.
  var missing: Int {
    switch policy.halfOpen.verdict {
    case .successes(let needed): needed - probes.filter { !$0.failed }.count
    case .calls(let needed, _): needed - probes.count
    }
  }

  mutating func settle(_ probe: Past, _ failure: Cause, _ moment: Moment) -> Move? {
    probes.append(probe)
    if case .successes = policy.halfOpen.verdict {
      if probe.failed { return open(failure, moment) }
      if probe.slow && policy.trip.slowRate != nil { return open(.probeSlow, moment) }
    }
    return missing <= 0 ? verdict(moment) : nil
  }

  mutating func verdict(_ moment: Moment) -> Move {
    let settled = sum(probes)
    if case .calls(_, let rate) = policy.halfOpen.verdict {
      if settled.failures * 10_000 >= rate.basisPoints * settled.total {
        return open(.failureRate(failures: settled.failures, total: settled.total, threshold: rate), moment)
      }
      if let rate = policy.trip.slowRate, settled.slow * 10_000 >= rate.basisPoints * settled.total {
        return open(.slowRate(slow: settled.slow, total: settled.total, threshold: rate), moment)
      }
    }
    return begin(.closed, .probesSucceeded(total: settled.total, failures: settled.failures), moment)
  }
}

// MARK: Moves

extension SlowBreaker {
  mutating func open(_ cause: Cause, _ moment: Moment) -> Move {
    let length = nextOpening(chance: moment.chance)
    openings += 1
    totals.opened += 1
    return begin(.open, cause, moment, until: policy.recovery == .manual ? nil : clock + length)
  }

  /// duration x backoff ^ (openings in a row before), at most max_duration, +- jitter, at most max_duration, and never
  /// less than a millisecond.
  private func nextOpening(chance: Double) -> Int64 {
    let longest = Double(policy.open.maxDuration.microseconds)
    var length = Double(policy.open.duration.microseconds)
    for _ in 0..<openings { length = min(length * policy.open.backoff, longest) }
    let jitter = Double(policy.open.jitter.basisPoints) / 10_000
    let share = jitter * (2 * chance - 1)
    length = min(length * (1 + share), longest)
    return max(Int64(length.rounded()), 1_000)
  }

  mutating func begin(_ next: State, _ cause: Cause, _ moment: Moment, until end: Int64? = nil) -> Move {
    let move = Move(
      from: state, to: next, at: Instant(microseconds: clock), generation: moment.nextGeneration, cause: cause,
      until: end.map { Instant(microseconds: $0) } ?? .never, openings: openings)
    state = next
    generation = moment.nextGeneration
    since = clock
    self.end = end
    past = []
    run = []
    lastCounted = nil
    probes = []
    permits = []
    permitsGiven = 0
    told = []
    return move
  }

  mutating func stale() -> Reply {
    totals.stale += 1
    return .stale
  }

  mutating func count(_ report: Report) {
    let count = UInt64(report.count)
    switch report.outcome {
    case .ok: totals.ok += count
    case .fail: totals.failed += count
    case .ignore: totals.ignored += count
    }
    if isSlow(report) { totals.slow += count }
  }

  func isSlow(_ report: Report) -> Bool {
    guard report.outcome != .ignore, let limit = policy.trip.slowCall, let duration = report.duration else {
      return false
    }
    return duration >= limit
  }

  var retryAfter: Timespan? {
    switch state {
    case .closed, .forcedClosed, .observe: nil
    case .open, .halfOpen, .forcedOpen: deadlines.map { $0.at }.min().map { Timespan(microseconds: $0 - clock) }
    }
  }
}
