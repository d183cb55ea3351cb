internal import BreakerStore
internal import Glibc
internal import Synchronization

/// Taking the lock of the store on a thread of its own, since a disk that hangs must not keep the daemon from serving.
final class LockAttempt: Sendable {
  private struct State: ~Copyable {
    var lock: FileLock?
    var error: StartError?
    var isDone = false
    /// Nobody waits any more.
    var isLate = false
  }

  private let state = Mutex(State())
  private let make: @Sendable () throws(StartError) -> FileLock?

  private init(_ make: @escaping @Sendable () throws(StartError) -> FileLock?) { self.make = make }

  /// The lock that `make` makes; nil if it makes none, or takes longer. One that comes later is let go.
  ///
  /// - Throws: What `make` throws in time.
  static func result(
    within patience: Duration, of make: @escaping @Sendable () throws(StartError) -> FileLock?
  ) throws(StartError) -> FileLock? {
    let attempt = LockAttempt(make)
    attempt.start()
    let end = ContinuousClock.now + patience
    while !attempt.state.withLock({ $0.isDone }), ContinuousClock.now < end { usleep(500) }
    var error: StartError?
    let lock = attempt.state.withLock { state -> FileLock? in
      state.isLate = true
      error = state.error
      return state.lock.take()
    }
    if let error { throw error }
    return lock
  }

  private func start() {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<LockAttempt>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    if code == 0 { pthread_detach(thread) } else { run() }
  }

  private func keep(_ lock: consuming FileLock?) {
    var lock = lock
    state.withLock { state in
      if !state.isLate { state.lock = lock.take() }
      state.isDone = true
    }
  }

  private func run() {
    do throws(StartError) {
      // Kept at first, so that one that is too late is let go again.
      try keep(make())
    } catch {
      state.withLock { state in
        state.error = error
        state.isDone = true
      }
    }
  }
}
