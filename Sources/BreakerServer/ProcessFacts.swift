internal import Glibc

/// What the kernel says of this process.
enum ProcessFacts {
  static var pid: Int32 { getpid() }
  static var uid: UInt32 { getuid() }

  /// The processor time used, the kernel's for it included.
  static var processorMicroseconds: Int64 {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    let times = [usage.ru_utime, usage.ru_stime]
    return times.map { Int64($0.tv_sec) * 1_000_000 + Int64($0.tv_usec) }.reduce(0, +)
  }

  /// The memory in use; 0 if that cannot be told.
  static var residentBytes: UInt64 {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = read(file, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
    return pages * UInt64(sysconf(CInt(_SC_PAGESIZE)))
  }

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
