internal import Synchronization

/// Which breakers of a client have something to tell, and when it has waited long enough. Each call of any breaker looks here, so
/// that what one has counted that nobody calls any more is told as well.
final class FlushSchedule: Sendable {
  private let dueAt = Atomic<UInt64>(never)
  private let waiting = Mutex<[BreakerState]>([])

  /// As a signed number after every time, so that nothing is ever due.
  private static let never = UInt64(Int64.max)

  /// Whether something has waited long enough at this time, in nanoseconds of CLOCK_MONOTONIC.
  @inline(__always) func isDue(at now: UInt64) -> Bool {
    Int64(bitPattern: now &- dueAt.load(ordering: .relaxed)) >= 0
  }

  /// A breaker has begun to count something.
  func add(_ state: BreakerState, at now: UInt64) {
    waiting.withLock { waiting in
      waiting.append(state)
      if waiting.count == 1 { dueAt.store(now &+ OutcomeTally.interval, ordering: .relaxed) }
    }
  }

  /// Has all breakers tell what waits.
  func flush() { for state in takeAll() { state.flush() } }

  /// Nobody calls any more.
  func clear() { _ = takeAll() }

  private func takeAll() -> [BreakerState] {
    waiting.withLock { waiting in
      dueAt.store(Self.never, ordering: .relaxed)
      defer { waiting = [] }
      return waiting
    }
  }
}
