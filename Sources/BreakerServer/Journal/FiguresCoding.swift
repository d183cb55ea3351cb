internal import BreakerCore
internal import BreakerStore

/// The counters and the window of a breaker as bytes: a version, then numbers.
enum FiguresCoding {
  private static let version: Int64 = 2

  static func encode(_ memory: BreakerMemory) -> [UInt8] {
    var writer = NumberWriter(capacity: 32 + 8 * memory.timeBuckets.count + memory.lastCalls.count)
    writer.put(version)
    let totals = memory.totals
    writer.put(total: totals.ok)
    writer.put(total: totals.failed)
    let others = Totals.Kind.allCases.map { totals[$0] }
    // Most breakers have none but the first.
    let count = (others.lastIndex { $0 != 0 } ?? -1) + 1
    writer.put(Int64(count))
    for other in others.prefix(count) { writer.put(total: other) }
    writer.put(Int64(memory.run))
    writer.put(memory.runEnd.microseconds)
    writer.put(Int64(memory.lapses))
    writer.put(Int64(memory.lapsedProcess))
    writer.put(Int64(memory.failedChecks))
    writer.put(memory.counts)
    writer.put(Int64(memory.timeBuckets.count))
    for bucket in memory.timeBuckets {
      writer.put(bucket.start.microseconds)
      writer.put(bucket.calls)
    }
    writer.put(memory.lastCalls)
    return writer.bytes
  }

  /// Fills in what ``encode(_:)`` wrote. Returns false, and leaves the memory as it was, if the bytes are none of that.
  static func decode(_ bytes: [UInt8], into memory: inout BreakerMemory) -> Bool {
    bytes.withUnsafeBytes { decode(NumberReader($0), into: &memory) }
  }

  private static func decode(_ reader: consuming NumberReader, into memory: inout BreakerMemory) -> Bool {
    guard let version = reader.number(), let totals = reader.totals(version), let run = reader.count(),
      let runEnd = reader.number(),
      let lapses = reader.count(), let lapsedProcess = reader.number(Int32.self), let failedChecks = reader.count(),
      let all = reader.counts(),
      let buckets = reader.count(), buckets <= 1_000
    else { return false }
    var timeBuckets: [BreakerMemory.Bucket] = []
    for _ in 0..<buckets {
      guard let start = reader.number(), let calls = reader.counts() else { return false }
      timeBuckets.append(BreakerMemory.Bucket(start: Instant(microseconds: start), calls: calls))
    }
    guard let calls = reader.data(), calls.count <= 10_000, reader.isAtEnd else { return false }
    memory.totals = totals
    memory.run = run
    memory.runEnd = Instant(microseconds: runEnd)
    memory.lapses = Int32(clamping: lapses)
    memory.lapsedProcess = lapsedProcess
    memory.failedChecks = failedChecks
    memory.counts = all
    memory.timeBuckets = timeBuckets
    memory.lastCalls = Array(calls)
    return true
  }
}

extension NumberWriter {
  fileprivate mutating func put(total: UInt64) { put(Int64(bitPattern: total)) }

  fileprivate mutating func put(_ counts: Counts) {
    put(Int64(counts.total))
    put(Int64(counts.failures))
    put(Int64(counts.slow))
  }
}

extension NumberReader {
  private mutating func total() -> UInt64? { number().map { UInt64(bitPattern: $0) } }

  /// The totals as this version wrote them; nil if it is none.
  fileprivate mutating func totals(_ version: Int64) -> Totals? {
    var totals = Totals()
    guard let ok = total(), let failed = total() else { return nil }
    totals.ok = ok
    totals.failed = failed
    let kinds: [Totals.Kind]
    switch version {
    case 1:
      // Reasons for refusals were not told apart yet.
      kinds = [.slow, .ignored, .stale, .refusedOpen, .lapsed, .opened]
    case 2:
      guard let count = count(), count <= Totals.Kind.allCases.count else { return nil }
      kinds = Array(Totals.Kind.allCases.prefix(count))
    default: return nil
    }
    for kind in kinds {
      guard let total = total() else { return nil }
      totals[kind] = total
    }
    return totals
  }

  fileprivate mutating func counts() -> Counts? {
    guard let total = count(), let failures = count(), let slow = count(), max(failures, slow) <= total else {
      return nil
    }
    var counts = Counts()
    counts.total = total
    counts.failures = failures
    counts.slow = slow
    return counts
  }
}
