/// The calls of the last few spans of time, counted in buckets on a grid that is the same for every breaker.
///
/// Bucket number = floor(time / bucket length); a bucket is live while its number > the current number - buckets. So an
/// event exactly one window old is gone.
final class TimeWindow {
  private let bucketLength: Int64
  private var buckets: [Counts]
  private var current: Int64
  private(set) var counts = Counts.zero

  init(bucket: Timespan, buckets: Int, at now: Instant) {
    self.bucketLength = bucket.microseconds
    self.buckets = Array(repeating: .zero, count: buckets)
    self.current = Self.number(of: now, bucketLength)
  }

  /// Whether it holds a single bucket, and so starts anew at each turn.
  var isTumbling: Bool { buckets.count == 1 }

  /// Lets go of what is no longer live. Returns whether a new bucket began.
  func roll(to now: Instant) -> Bool {
    let number = Self.number(of: now, bucketLength)
    guard number > current else { return false }
    if number - current >= Int64(buckets.count) {
      clear()
    } else {
      for passed in (current + 1)...number {
        let index = slot(of: passed)
        counts -= buckets[index]
        buckets[index] = .zero
      }
    }
    current = number
    return true
  }

  /// The live buckets that hold calls, each with the time at which it began, the oldest first.
  var contents: [(start: Instant, calls: Counts)] {
    ((current - Int64(buckets.count) + 1)...current).compactMap { number in
      let calls = buckets[slot(of: number)]
      return calls == .zero ? nil : (Instant(microseconds: number * bucketLength), calls)
    }
  }

  /// Counts calls that ended at `end`. Returns false, and counts nothing, when that is no longer live.
  func record(_ calls: Counts, endedAt end: Instant) -> Bool {
    let number = min(Self.number(of: end, bucketLength), current)
    guard number > current - Int64(buckets.count) else { return false }
    buckets[slot(of: number)] += calls
    counts += calls
    return true
  }

  func clear() {
    guard counts.total > 0 else { return }
    for index in buckets.indices { buckets[index] = .zero }
    counts = .zero
  }

  private func slot(of number: Int64) -> Int {
    let rest = Int(number % Int64(buckets.count))
    return rest < 0 ? rest + buckets.count : rest
  }

  private static func number(of instant: Instant, _ length: Int64) -> Int64 {
    let (quotient, rest) = instant.microseconds.quotientAndRemainder(dividingBy: length)
    return rest < 0 ? quotient - 1 : quotient
  }
}
