internal import Dispatch
internal import Synchronization

/// A thread that waits for an answer, for so long at most.
final class BlockedThread: Sendable {
  private enum Phase {
    /// Leads to `answered`, or to `gone` when the time is up.
    case waiting
    case answered(Answer)
    /// It waits no longer. The end.
    case gone
  }

  /// The breaker that it asks about.
  let breaker: String
  private let phase = Mutex(Phase.waiting)
  private let semaphore = DispatchSemaphore(value: 0)

  init(breaker: String) { self.breaker = breaker }

  /// Gives it the answer.
  ///
  /// - Returns: False if it waits no longer.
  func resume(returning answer: Answer) -> Bool {
    let isWaiting = phase.withLock { phase in
      guard case .waiting = phase else { return false }
      phase = .answered(answer)
      return true
    }
    if isWaiting { semaphore.signal() }
    return isWaiting
  }

  /// Waits; nil: no answer has come within so many microseconds.
  func wait(microseconds: Int64) -> Answer? {
    let limit = Int(clamping: min(microseconds, Int64.max / 1_000))
    _ = semaphore.wait(timeout: .now() + .microseconds(limit))
    return phase.withLock { phase in
      guard case .answered(let answer) = phase else {
        phase = .gone
        return nil
      }
      return answer
    }
  }
}
