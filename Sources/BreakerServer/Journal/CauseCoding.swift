internal import BreakerCore
internal import BreakerStore

/// A cause as numbers: which it is, then its figures. The numbers are in files: one never gets another meaning.
enum CauseCoding {
  static func put(_ cause: Cause, into writer: inout NumberWriter) {
    func put(_ numbers: Int...) { for number in numbers { writer.put(Int64(number)) } }
    switch cause {
    case .consecutiveFailures(let run, let threshold): put(0, run, threshold)
    case .failures(let count, let threshold): put(1, count, threshold)
    case .failureRate(let failures, let total, let threshold): put(2, failures, total, threshold.basisPoints)
    case .slowRate(let slow, let total, let threshold): put(3, slow, total, threshold.basisPoints)
    case .openElapsed: put(4)
    case .probesSucceeded(let total, let failures): put(5, total, failures)
    case .probeFailed: put(6)
    case .probeSlow: put(7)
    case .leaseLapsed(let holder): put(8, Int(holder.pid), Int(holder.uid))
    case .maxWait: put(9)
    case .forced: put(10)
    case .released: put(11)
    case .forceEnded: put(12)
    case .reset: put(13)
    case .probeOverdue(let holder): put(14, Int(holder.pid), Int(holder.uid))
    case .checkSucceeded(let attempts): put(15, attempts)
    case .checksFailed(let attempts): put(16, attempts)
    }
  }

  /// What ``put(_:into:)`` wrote; nil if it is none of that. Of a caller the process and its user come back.
  static func cause(from reader: inout NumberReader) -> Cause? {
    switch reader.number() {
    case 0: reader.counts(2).map { .consecutiveFailures(run: $0[0], threshold: $0[1]) }
    case 1: reader.counts(2).map { .failures(count: $0[0], threshold: $0[1]) }
    case 2: reader.counts(3).map { .failureRate(failures: $0[0], total: $0[1], threshold: Rate(basisPoints: $0[2])) }
    case 3: reader.counts(3).map { .slowRate(slow: $0[0], total: $0[1], threshold: Rate(basisPoints: $0[2])) }
    case 4: .openElapsed
    case 5: reader.counts(2).map { .probesSucceeded(total: $0[0], failures: $0[1]) }
    case 6: .probeFailed
    case 7: .probeSlow
    case 8: holder(from: &reader).map { .leaseLapsed($0) }
    case 9: .maxWait
    case 10: .forced
    case 11: .released
    case 12: .forceEnded
    case 13: .reset
    case 14: holder(from: &reader).map { .probeOverdue($0) }
    case 15: reader.counts(1).map { .checkSucceeded(attempts: $0[0]) }
    case 16: reader.counts(1).map { .checksFailed(attempts: $0[0]) }
    default: nil
    }
  }

  private static func holder(from reader: inout NumberReader) -> Caller? {
    guard let pid = reader.number(Int32.self), let uid = reader.number(UInt32.self) else { return nil }
    return Caller(connection: 0, uid: uid, pid: pid)
  }
}

extension NumberReader {
  /// So many numbers of something.
  fileprivate mutating func counts(_ wanted: Int) -> [Int]? {
    var counts: [Int] = []
    for _ in 0..<wanted {
      guard let next = count() else { return nil }
      counts.append(next)
    }
    return counts
  }
}
