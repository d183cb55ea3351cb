import BreakerCore

/// The trip rules, in the order in which they are named when several hold at once.
enum SlowRule: CaseIterable {
  case consecutiveFailures, failures, failureRate, slowRate
}

func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
  number >= 0 ? number / divisor : -((-number + divisor - 1) / divisor)
}

/// A call that was counted.
struct Past {
  let ended: Int64
  let count: Int
  let failed: Bool
  let slow: Bool
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

/// All outcomes of a generation, and what a set of rules says of them.
struct SlowTally {
  /// Oldest first.
  var past: [Past] = []
  /// When each failure of the run ended.
  var run: [Int64] = []
  /// When the last counted failure ended; nil: none was counted in this generation.
  var lastCounted: Int64?
  /// The rules told of that have held ever since.
  var told: [SlowRule] = []

  mutating func pass(from before: Int64, to now: Int64, _ trip: Policy.Trip) {
    guard case .time(let bucket, 1) = trip.window else { return }
    if floorDivide(now, bucket.microseconds) != floorDivide(before, bucket.microseconds) { run = [] }
  }

  /// Whether a call counts; if so, it does.
  mutating func count(_ call: Past, _ trip: Policy.Trip, at clock: Int64) -> Bool {
    if case .time(let bucket, let buckets) = trip.window, !isLive(call.ended, bucket, buckets, clock) { return false }
    if call.failed, let lump = trip.lump, let lastCounted, abs(call.ended - lastCounted) < lump.microseconds {
      return false
    }
    past.append(call)
    if call.failed {
      // Of one run, the failure that ended last; it need not have come last.
      lastCounted = run.isEmpty ? call.ended : max(lastCounted ?? call.ended, call.ended)
      run.append(call.ended)
    } else if run.allSatisfy({ $0 <= call.ended }) {
      run = []
    }
    return true
  }

  /// Counts a call where nothing moves. A rule is told of once, until it has been seen not to hold: before an outcome, or
  /// after it.
  mutating func observe(_ call: Past, _ trip: Policy.Trip, at clock: Int64) -> [Cause] {
    told = told.filter { holding(trip, clock).contains($0) }
    guard count(call, trip, at: clock) else { return [] }
    told = told.filter { holding(trip, clock).contains($0) }
    guard call.failed || call.slow || trip.onSuccess else { return [] }
    let new = holding(trip, clock).filter { !told.contains($0) }
    told = holding(trip, clock)
    return new.map { cause($0, trip, clock) }
  }

  /// The calls that are shown: those in the window, or all if no rule looks at it.
  func shown(_ trip: Policy.Trip, _ clock: Int64) -> Counts {
    var trip = trip
    if trip.failures == nil && trip.failureRate == nil && trip.slowRate == nil { trip.window = .generation }
    return inWindow(trip, clock)
  }

  /// The calls in the window at this moment.
  func inWindow(_ trip: Policy.Trip, _ clock: Int64) -> Counts {
    var seen = past
    switch trip.window {
    case .generation:
      break
    case .time(let bucket, let buckets):
      seen = past.filter { isLive($0.ended, bucket, buckets, clock) }
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

  private func isLive(_ time: Int64, _ bucket: Timespan, _ buckets: Int, _ clock: Int64) -> Bool {
    floorDivide(time, bucket.microseconds) > floorDivide(clock, bucket.microseconds) - Int64(buckets)
  }

  /// The rules that hold now.
  func holding(_ trip: Policy.Trip, _ clock: Int64) -> [SlowRule] {
    SlowRule.allCases.filter { holds($0, trip, inWindow(trip, clock)) }
  }

  private func holds(_ rule: SlowRule, _ trip: Policy.Trip, _ window: Counts) -> Bool {
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

  func cause(_ rule: SlowRule, _ trip: Policy.Trip, _ clock: Int64) -> Cause {
    let window = inWindow(trip, clock)
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
