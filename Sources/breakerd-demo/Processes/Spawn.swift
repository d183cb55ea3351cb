import Glibc

/// Starts programs.
enum Spawn {
  /// Starts `path` with these standard streams; its standard error is this process's.
  ///
  /// It gets a process group of its own, so that Ctrl-C reaches the conductor only, which ends the others in order, and
  /// no signal is blocked or ignored in it, whatever this process does with its own.
  ///
  /// - Throws: ``DemoError``, if that is not possible.
  static func start(
    _ path: String, _ arguments: [String], input: CInt, output: CInt
  ) throws(DemoError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)

    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    var words = ([path] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, path, &actions, &attributes, words, environ)
    guard failure == 0 else { throw .system("cannot start \(path)", errno: failure) }
    return pid
  }
}
