internal import BreakerClient

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A command that runs for one transition.
struct Hook {
  let transition: BreakerTransition
  private let child: pid_t
  /// When its time is up; nil: it was ended.
  private(set) var endBy: ContinuousClock.Instant?

  /// Starts it, in a process group of its own, without input.
  ///
  /// - Throws: ``Failure`` if it cannot be run.
  init(_ command: String, for transition: BreakerTransition, limit: Duration, _ inheritance: Inheritance)
    throws(Failure)
  {
    self.transition = transition
    let spawn = Spawn(
      ownsGroup: true, hasInput: false,
      environment: HookEnvironment.variables(for: transition, in: Spawn.ownEnvironment))
    child = try spawn.start(["/bin/sh", "-c", command], inheritance)
    endBy = .now + limit
  }

  /// How long it may go on; nil: it was ended.
  var timeLeft: Duration? { endBy.map { ContinuousClock.now.duration(to: $0) } }

  /// How it ended, 128 and the number if by a signal; nil while it runs.
  func poll() -> Int32? {
    var status: Int32 = 0
    guard waitpid(child, &status, WNOHANG) == child else { return nil }
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : ExitStatus.killed + signal
  }

  /// Ends it and all that it has started.
  mutating func end() {
    kill(-child, SIGKILL)
    endBy = nil
  }
}
