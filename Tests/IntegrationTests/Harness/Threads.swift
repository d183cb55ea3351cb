import Foundation
import Synchronization

/// Runs `body` on so many threads of their own at once, waits for all, and throws the first error.
func onThreads(_ count: Int, _ body: @escaping @Sendable (_ number: Int) throws -> Void) throws {
  let group = DispatchGroup()
  let failure = FirstError()
  for number in 0..<count {
    group.enter()
    Thread.detachNewThread {
      do { try body(number) } catch { failure.note(error) }
      group.leave()
    }
  }
  group.wait()
  if let error = failure.error { throw error }
}

private final class FirstError: Sendable {
  private let first = Mutex<(any Error)?>(nil)

  var error: (any Error)? { first.withLock { $0 } }

  func note(_ error: any Error) { first.withLock { $0 = $0 ?? error } }
}

/// Where threads wait for each other, round by round.
final class Barrier: @unchecked Sendable {
  private let condition = NSCondition()
  private let parties: Int
  private var waiting = 0
  private var round = 0

  init(_ parties: Int) { self.parties = parties }

  /// Waits until all parties have come; throws if one does not.
  func wait() throws {
    condition.lock()
    defer { condition.unlock() }
    waiting += 1
    guard waiting < parties else {
      waiting = 0
      round += 1
      condition.broadcast()
      return
    }
    let mine = round
    let limit = Date(timeIntervalSinceNow: 30)
    while round == mine {
      guard condition.wait(until: limit) else { throw LineClient.Failure.tooLate("another thread did not come") }
    }
  }
}
