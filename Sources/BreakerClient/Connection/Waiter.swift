/// Who waits for an answer.
enum Waiter: Sendable {
  /// A suspended task.
  case task(CheckedContinuation<Answer, Never>)
  /// A thread that does nothing meanwhile.
  case thread(BlockedThread)

  /// Gives it the answer.
  ///
  /// - Returns: False if it waits no longer.
  func resume(returning answer: Answer) -> Bool {
    switch self {
    case .task(let continuation):
      continuation.resume(returning: answer)
      return true
    case .thread(let thread): return thread.resume(returning: answer)
    }
  }

  /// The breaker that it has asked about and may have stopped waiting for.
  var breaker: String? {
    switch self {
    case .task: nil
    case .thread(let thread): thread.breaker
    }
  }
}
