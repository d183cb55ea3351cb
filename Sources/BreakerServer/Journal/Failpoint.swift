internal import Glibc

/// Places where a test can have a daemon of a debug build stop or linger. A release build has none.
///
/// `BREAKERD_FAILPOINT=NAME` ends the process there by SIGKILL; `NAME:SECONDS` makes it linger there each time.
enum Failpoint {
  #if DEBUG
    private static let wanted = getenv("BREAKERD_FAILPOINT").map { String(cString: $0) }
  #endif

  @inline(__always)
  static func reached(_ name: StaticString) {
    #if DEBUG
      guard let wanted else { return }
      let parts = wanted.split(separator: ":")
      guard parts.first.map(String.init) == name.description else { return }
      if parts.count > 1, let seconds = UInt32(parts[1]) { sleep(seconds) } else { kill(getpid(), SIGKILL) }
    #endif
  }
}
