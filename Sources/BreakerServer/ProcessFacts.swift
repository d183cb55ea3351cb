internal import Glibc

/// What the kernel says of this process.
enum ProcessFacts {
  static var pid: Int32 { getpid() }
  static var uid: UInt32 { getuid() }

  /// Where relative paths begin; "." if that cannot be told.
  static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }

  /// Has a write beyond the limit on the size of files fail, where it would end the process: it is a full disk like
  /// any other.
  static func ignoreFileSizeSignal() { signal(SIGXFSZ, SIG_IGN) }

  /// Raises the limit on open files as far as allowed, and returns it.
  static func raiseOpenFileLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
    let wanted = min(limit.rlim_max, 1 << 20)
    if limit.rlim_cur < wanted {
      var raised = limit
      raised.rlim_cur = wanted
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(min(limit.rlim_cur, 1 << 20))
  }
}
