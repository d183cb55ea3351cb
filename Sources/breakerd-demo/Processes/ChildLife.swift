import Glibc
import Synchronization

/// What can be done to a child process while it lives.
///
/// It is reaped under the same lock under which signals are sent, so that none ever reaches another process that has
/// been given its number.
final class ChildLife: Sendable {
  private struct State {
    /// The writing end of its standard input; nil: closed.
    var input: CInt?
    var hasEnded = false
  }

  let pid: pid_t
  private let state: Mutex<State>

  init(pid: pid_t, input: CInt) {
    self.pid = pid
    state = Mutex(State(input: input))
  }

  var hasEnded: Bool { state.withLock { $0.hasEnded } }

  /// Writes a line to its standard input.
  ///
  /// - Returns: Whether it is there to read it.
  func tell(_ line: String) -> Bool {
    state.withLock { state in state.input.map { Output.write(line, to: $0) } ?? false }
  }

  /// Ends its standard input, which asks it to end.
  func closeInput() {
    state.withLock { state in
      if let input = state.input { close(input) }
      state.input = nil
    }
  }

  /// Sends it a signal, if it still runs.
  func signal(_ number: CInt) {
    state.withLock { state in
      if !state.hasEnded { kill(pid, number) }
    }
  }

  /// Blocks until it has ended.
  func awaitEnd() {
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    state.withLock { state in
      waitpid(pid, nil, 0)
      state.hasEnded = true
    }
    closeInput()
  }
}
