import Glibc
import Synchronization

/// A process that a test has started, and ends if it is still there when the test is over.
final class ChildProcess: Sendable {
  /// How a process ended.
  enum Ending: Equatable, CustomStringConvertible {
    case exit(CInt)
    case signal(CInt)

    var description: String {
      switch self {
      case .exit(let code): "exit \(code)"
      case .signal(let number): "signal \(number)"
      }
    }
  }

  let pid: pid_t
  private let ending = Mutex<Ending?>(nil)

  /// Starts a program, found by PATH, with these descriptors as its standard ones (nil: /dev/null), and `passed` as those from 3 on.
  init(
    _ command: [String], environment: [String: String]? = nil, input: Descriptor? = nil, output: Descriptor? = nil,
    error: Descriptor? = nil, passed: [Descriptor] = []
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, error)] {
      if let source {
        posix_spawn_file_actions_adddup2(&actions, source.number, target)
      } else {
        posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
      }
    }
    // Copies, with numbers that none of them is to get.
    let copies = passed.map { Descriptor(fcntl($0.number, F_DUPFD_CLOEXEC, 100)) }
    for (target, copy) in zip(CInt(3)..., copies) { posix_spawn_file_actions_adddup2(&actions, copy.number, target) }
    // The threads of a test block signals; what a test starts has them as a shell's command has.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    var pid = pid_t()
    let variables = environment?.map { "\($0.key)=\($0.value)" }
    // The descriptors must stay open until they have been inherited.
    let code = withExtendedLifetime((input, output, error, copies)) {
      Self.withPointers(command) { arguments in
        guard let variables else { return posix_spawnp(&pid, command[0], &actions, &attributes, arguments, environ) }
        return Self.withPointers(variables) { posix_spawnp(&pid, command[0], &actions, &attributes, arguments, $0) }
      }
    }
    guard code == 0 else { throw SystemError("cannot start \(command[0])", code) }
    self.pid = pid
  }

  deinit {
    kill(SIGKILL)
    ending.withLock { ending in
      if ending == nil { _ = waitpid(pid, nil, 0) }
    }
  }

  /// Sends a signal, unless the process has been waited for.
  func kill(_ signal: CInt) {
    ending.withLock { ending in
      if ending == nil { _ = Glibc.kill(pid, signal) }
    }
  }

  /// How it ended; nil while it runs.
  func poll() -> Ending? {
    ending.withLock { ending in
      if ending != nil { return ending }
      var status: CInt = 0
      guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
      ending = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
      return ending
    }
  }

  /// Waits until it has ended; nil if it does not in time.
  func wait(within limit: Duration = .seconds(10)) -> Ending? {
    _ = eventually(within: limit) { poll() != nil }
    return poll()
  }

  private static func withPointers<Result>(
    _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = words.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return copies.withUnsafeBufferPointer { pointers in
      guard let first = pointers.baseAddress else { preconditionFailure("there is the last nil at least") }
      return body(first)
    }
  }
}
