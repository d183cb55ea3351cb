import Glibc

/// A moment after which something is too late.
struct Deadline {
  private let end: ContinuousClock.Instant

  /// So much from now.
  init(in length: Duration) { end = ContinuousClock.now + length }

  /// Whether it has come.
  var hasPassed: Bool { ContinuousClock.now >= end }

  /// What is left, in whole milliseconds rounded up, for `poll`.
  var milliseconds: CInt {
    let left = end - ContinuousClock.now
    let (seconds, attoseconds) = left.components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return CInt(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
  }
}

/// Looks again and again until `condition` holds.
///
/// - Returns: Whether it held in time.
func eventually(within limit: Duration = .seconds(10), _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = Deadline(in: limit)
  while try !condition() {
    if deadline.hasPassed { return false }
    usleep(3_000)
  }
  return true
}

/// How long `body` took.
func time(_ body: () throws -> Void) rethrows -> Duration { try ContinuousClock().measure(body) }
