#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The process at the other end of a Unix socket, as far as /proc tells of it.
struct ServerProcess {
  private let id: pid_t

  /// The process that listens where this socket is connected to; nil: it cannot be told.
  init?(connectedBy descriptor: Int32) {
    // A `ucred`: process, user and group.
    var credentials: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, 0, 0)
    var size = socklen_t(12)
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, credentials.pid > 0 else {
      return nil
    }
    id = credentials.pid
  }

  /// How long its threads have run on a processor, in nanoseconds; nil: it cannot be told.
  var runTime: UInt64? {
    guard let directory = opendir("/proc/\(id)/task") else { return nil }
    defer { closedir(directory) }
    var sum: UInt64 = 0
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard Int32(name) != nil else { continue }
      sum += Self.runTime(in: "/proc/\(id)/task/\(name)/schedstat") ?? 0
    }
    return sum > 0 ? sum : nil
  }

  private static func runTime(in path: String) -> UInt64? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(file, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return UInt64(String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
  }
}
