internal import BreakerCore

/// The counters and the window of a breaker as bytes: a version, then numbers of eight bytes, little-endian.
enum FiguresCoding {
  private static let version: UInt8 = 1

  static func encode(_ memory: BreakerMemory) -> [UInt8] {
    var bytes: [UInt8] = [version]
    bytes.reserveCapacity(1 + 8 * (17 + 4 * memory.timeBuckets.count) + memory.lastCalls.count)
    func put(_ number: Int64) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
    func put(_ counts: Counts) {
      put(Int64(counts.total))
      put(Int64(counts.failures))
      put(Int64(counts.slow))
    }
    let totals = memory.totals
    for total in [
      totals.ok, totals.failed, totals.slow, totals.ignored, totals.stale, totals.refused, totals.lapsed, totals.opened,
    ] {
      put(Int64(bitPattern: total))
    }
    put(Int64(memory.run))
    put(memory.runEnd.microseconds)
    put(Int64(memory.lapses))
    put(memory.counts)
    put(Int64(memory.timeBuckets.count))
    for bucket in memory.timeBuckets {
      put(bucket.start.microseconds)
      put(bucket.calls)
    }
    put(Int64(memory.lastCalls.count))
    bytes.append(contentsOf: memory.lastCalls)
    return bytes
  }

  /// Fills in what ``encode(_:)`` wrote. Returns false, and leaves the memory as it was, if the bytes are none of that.
  static func decode(_ bytes: [UInt8], into memory: inout BreakerMemory) -> Bool {
    guard bytes.first == version else { return false }
    var place = 1
    func number() -> Int64? {
      guard bytes.count - place >= 8 else { return nil }
      defer { place += 8 }
      return bytes.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Int64.self)) }
    }
    /// A number of something: not negative, and small enough to be added up.
    func count() -> Int? {
      guard let value = number(), value >= 0, value <= 1 << 48 else { return nil }
      return Int(value)
    }
    func counts() -> Counts? {
      guard let total = count(), let failures = count(), let slow = count(), max(failures, slow) <= total else {
        return nil
      }
      var counts = Counts()
      counts.total = total
      counts.failures = failures
      counts.slow = slow
      return counts
    }

    var decoded = memory
    guard let ok = number(), let failed = number(), let slow = number(), let ignored = number(), let stale = number(),
      let refused = number(), let lapsed = number(), let opened = number()
    else { return false }
    decoded.totals.ok = UInt64(bitPattern: ok)
    decoded.totals.failed = UInt64(bitPattern: failed)
    decoded.totals.slow = UInt64(bitPattern: slow)
    decoded.totals.ignored = UInt64(bitPattern: ignored)
    decoded.totals.stale = UInt64(bitPattern: stale)
    decoded.totals.refused = UInt64(bitPattern: refused)
    decoded.totals.lapsed = UInt64(bitPattern: lapsed)
    decoded.totals.opened = UInt64(bitPattern: opened)
    guard let run = count(), let runEnd = number(), let lapses = count(), let all = counts(), let buckets = count(),
      buckets <= 1_000
    else { return false }
    decoded.run = run
    decoded.runEnd = Instant(microseconds: runEnd)
    decoded.lapses = Int32(clamping: lapses)
    decoded.counts = all
    decoded.timeBuckets = []
    for _ in 0..<buckets {
      guard let start = number(), let calls = counts() else { return false }
      decoded.timeBuckets.append(BreakerMemory.Bucket(start: Instant(microseconds: start), calls: calls))
    }
    guard let calls = count(), calls == bytes.count - place, calls <= 10_000 else { return false }
    decoded.lastCalls = Array(bytes[place...])
    memory = decoded
    return true
  }
}
