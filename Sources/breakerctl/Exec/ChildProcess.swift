internal import BreakerCore

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A command that is run to its end, with our standard input and output.
struct ChildProcess {
  /// How it ended.
  struct End {
    /// Its exit code; 128 and the signal's number if one ended it; 124 if it took too long.
    let status: Int32
    /// The signal that ended it; 0: it exited.
    let signal: Int32
    /// How long it ran.
    let duration: Duration
    let hasTimedOut: Bool
    /// Whether somebody wanted it, or us, to end.
    let wasInterrupted: Bool
  }

  /// How long a command may take to end after it was told to.
  private static let grace = Duration.seconds(2)

  private let command: [String]
  private let timeout: LengthOfTime?
  private let inheritance: Inheritance

  init(_ command: [String], timeout: LengthOfTime?, _ inheritance: Inheritance) {
    self.command = command
    self.timeout = timeout
    self.inheritance = inheritance
  }

  /// Runs it. With a timeout it gets a process group of its own, so that all it started can be ended with it.
  ///
  /// - Throws: ``Failure`` if it cannot be run.
  func run(_ console: Console) throws(Failure) -> End {
    let clock = ContinuousClock()
    let begin = clock.now
    let child = try Spawn(ownsGroup: timeout != nil).start(command, inheritance)
    let terminal = timeout == nil ? nil : Foreground(handingTo: child)
    defer { terminal?.takeBack() }
    let target = timeout == nil ? child : -child
    var endBy = timeout.map { begin + $0.duration }
    var hasTimedOut = false
    var wasKilled = false
    var wasInterrupted = false
    while true {
      if let status = reap(child) {
        if hasTimedOut, !wasKilled { endGroup(child, by: endBy ?? clock.now) }
        let signal = status & 0x7F
        return End(
          status: hasTimedOut
            ? ExitStatus.timedOut : signal == 0 ? status >> 8 & 0xFF : ExitStatus.killed + signal,
          signal: signal,
          duration: begin.duration(to: clock.now), hasTimedOut: hasTimedOut,
          wasInterrupted: wasInterrupted || signal == SIGINT)
      }
      if let arrival = inheritance.signals.next(within: endBy.map { clock.now.duration(to: $0) }) {
        guard arrival.number != SIGCHLD else { continue }
        wasInterrupted = wasInterrupted || !hasTimedOut
        if !arrival.isFromTerminal || timeout != nil { kill(target, arrival.number) }
      } else if let limit = endBy, clock.now >= limit {
        kill(target, hasTimedOut ? SIGKILL : SIGTERM)
        if !hasTimedOut {
          console.complain("\(command[0]) took longer than \(timeout?.timespan.notation ?? "allowed"), and is ended")
        }
        // A command that is stopped hears of it only when it goes on.
        kill(target, SIGCONT)
        wasKilled = hasTimedOut
        hasTimedOut = true
        endBy = clock.now + Self.grace
      }
    }
  }

  /// The status of the child if it has ended.
  private func reap(_ child: pid_t) -> Int32? {
    var status: Int32 = 0
    let result = waitpid(child, &status, WNOHANG)
    if result == child { return status }
    // Somebody else has waited for it: there is nothing to know.
    return result < 0 && errno == ECHILD ? 0 : nil
  }

  /// What the command had started, and is left of it, gets what is left of the grace.
  private func endGroup(_ group: pid_t, by end: ContinuousClock.Instant) {
    while ProcessGroup.lives(group), ContinuousClock.now < end {
      _ = inheritance.signals.next(within: .milliseconds(20))
    }
    kill(-group, SIGKILL)
  }
}
