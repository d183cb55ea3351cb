/// The last calls, however long ago, in a ring.
final class CallWindow {
  private struct Mark: OptionSet {
    let rawValue: UInt8
    static let failed = Mark(rawValue: 1)
    static let slow = Mark(rawValue: 2)
  }

  private var ring: [Mark]
  private var next = 0
  private(set) var counts = Counts.zero

  init(calls: Int) { self.ring = Array(repeating: [], count: calls) }

  /// Counts one call, or `count` successes, as the newest.
  func record(failed: Bool, slow: Bool, count: Int) {
    var mark: Mark = []
    if failed { mark.insert(.failed) }
    if slow { mark.insert(.slow) }
    for _ in 0..<min(count, ring.count) { push(mark) }
  }

  /// One byte for each call, the oldest first: 1 failed, 2 slow, 3 both.
  var contents: [UInt8] {
    let oldest = counts.total == ring.count ? next : 0
    return (0..<counts.total).map { ring[(oldest + $0) % ring.count].rawValue }
  }

  /// Puts in what ``contents`` gave, as the newest.
  func append(_ contents: [UInt8]) {
    for byte in contents { push(Mark(rawValue: byte & 3)) }
  }

  func clear() {
    next = 0
    counts = .zero
  }

  private func push(_ mark: Mark) {
    if counts.total == ring.count { counts -= Self.counts(of: ring[next]) }
    ring[next] = mark
    counts += Self.counts(of: mark)
    next = next + 1 == ring.count ? 0 : next + 1
  }

  private static func counts(of mark: Mark) -> Counts {
    Counts(total: 1, failures: mark.contains(.failed) ? 1 : 0, slow: mark.contains(.slow) ? 1 : 0)
  }
}
