internal import BreakerClient
internal import Synchronization

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Where one thread leaves transitions for the one that runs commands.
///
/// That one waits for signals; so it is woken by one, which it gets from its children too.
final class HookQueue: Sendable {
  let backlog = Mutex(HookBacklog())

  /// Leaves one; never waits.
  func add(_ transition: BreakerTransition) {
    backlog.withLock { $0.add(transition) }
    wake()
  }

  /// Has the other thread look.
  func wake() { kill(getpid(), SIGCHLD) }
}
