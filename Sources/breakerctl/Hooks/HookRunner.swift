internal import BreakerClient
internal import BreakerCore
internal import Synchronization

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Runs a command for each transition, one at a time and in order, each for a limited time, on the thread that waits for
/// signals; a signal that ends breakerctl ends the command too.
struct HookRunner {
  let queue = HookQueue()
  private let command: String
  private let limit: LengthOfTime
  private let console: Console
  private let inheritance = Inheritance()

  /// To be made before the first thread is.
  init(_ command: String, limit: LengthOfTime, _ console: Console) {
    self.command = command
    self.limit = limit
    self.console = console
  }

  /// Runs commands for what comes into the queue, until `work` is done.
  ///
  /// - Returns: What `work` returned. The command that runs then is let finish; those that wait are given up.
  func run<Value: Sendable>(during work: @escaping @Sendable () async -> Value) -> Value {
    let result = ResultBox<Value>()
    Task.detached { [queue] in
      let value = await work()
      result.value.withLock { $0 = value }
      queue.wake()
    }
    var hook: Hook?
    while true {
      if let ended = hook, let status = ended.poll() {
        judge(ended, status)
        hook = nil
      }
      if hook == nil {
        if let value = result.value.withLock({ $0 }) {
          giveUp()
          return value
        }
        hook = startNext()
      }
      if let arrival = inheritance.signals.next(within: hook?.timeLeft) {
        guard arrival.number != SIGCHLD, !SignalGate.isIgnored(arrival.number) else { continue }
        hook?.end()
        inheritance.signals.yield(to: arrival.number)
      } else if let endBy = hook?.endBy, endBy <= .now {
        hook?.end()
      }
    }
  }

  private func startNext() -> Hook? {
    let (dropped, next) = queue.backlog.withLock { ($0.takeDropped(), $0.takeFirst()) }
    if dropped > 0 {
      complain("\(dropped) transitions were dropped, since many were waiting and the breakers have moved again")
    }
    guard let next else { return nil }
    do throws(Failure) {
      return try Hook(command, for: next, limit: limit.duration, inheritance)
    } catch {
      complain(error.message ?? "it cannot be run")
      queue.wake()
      return nil
    }
  }

  private func judge(_ hook: Hook, _ status: Int32) {
    let transition = hook.transition
    let what = "for \(transition.name), \(transition.from) -> \(transition.to)"
    if hook.endBy == nil {
      complain("\(what): it took longer than \(limit.timespan.notation), and was ended")
    } else if status != ExitStatus.done {
      complain("\(what): exit \(status)")
    }
  }

  private func giveUp() {
    let left = queue.backlog.withLock { $0.removeAll() + $0.takeDropped() }
    if left > 0 { complain("\(left) transitions were dropped at the end") }
  }

  private func complain(_ text: String) { console.complain("--exec: " + text) }
}
