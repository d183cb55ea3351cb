internal import Glibc
internal import Synchronization

/// Places where a test can have a daemon of a debug build stop or linger. A release build has none.
///
/// `BREAKERD_FAILPOINT=NAME` ends the process there by SIGKILL, `NAME#N` the N-th time that it comes there;
/// `NAME:SECONDS` makes it linger there each time.
enum Failpoint {
  #if DEBUG
    private static let wanted = getenv("BREAKERD_FAILPOINT").map { String(cString: $0) }
    private static let visits = Atomic<Int>(0)
  #endif

  @inline(__always)
  static func reached(_ name: StaticString) {
    #if DEBUG
      guard let wanted else { return }
      let parts = wanted.split(whereSeparator: { $0 == ":" || $0 == "#" })
      guard parts.first.map(String.init) == name.description else { return }
      let number = parts.count > 1 ? UInt32(parts[1]) ?? 1 : 1
      if wanted.contains(":") {
        sleep(number)
      } else if visits.add(1, ordering: .relaxed).newValue >= number {
        kill(getpid(), SIGKILL)
      }
    #endif
  }
}
