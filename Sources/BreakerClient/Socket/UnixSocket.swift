#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Opens sockets of the Unix domain. Not by NIO, which does not mark what it opens as closed on exec: a child would
/// keep the connection, and with it the permits bound to it.
public enum UnixSocket {
  /// A connected socket, non-blocking and closed on exec. Never waits: a full queue of connections is an error.
  ///
  /// - Returns: The descriptor, which is the caller's to close.
  /// - Throws: Why there is none.
  public static func connect(to path: String) throws(BreakerUnavailable) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard !bytes.isEmpty, bytes.count < room.count, !bytes.contains(0) else { return false }
      room.copyBytes(from: bytes)
      return true
    }
    guard fits else { throw BreakerUnavailable(.badPath, socketPath: path) }
    #if canImport(Musl)
      let type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
    #else
      let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    #endif
    let descriptor = socket(AF_UNIX, type, 0)
    guard descriptor >= 0 else { throw BreakerUnavailable(.connectFailed(errno: errno), socketPath: path) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #if canImport(Musl)
          Musl.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        #else
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        #endif
      }
    }
    guard result == 0 else {
      let number = errno
      close(descriptor)
      throw BreakerUnavailable(
        number == ECONNREFUSED && isNoSocket(path) ? .noSocket : reason(of: number), socketPath: path)
    }
    return descriptor
  }

  /// The user of whoever listens at the other end (SO_PEERCRED); nil: the system does not say.
  static func peer(of descriptor: Int32) -> UInt32? {
    // struct ucred, which the C module does not show: pid, uid, gid.
    var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
    return credentials.uid
  }

  /// Reads what has come, without waiting.
  ///
  /// - Returns: How many bytes; 0: nothing has come, or nothing will.
  static func receive(from descriptor: Int32, into room: UnsafeMutableRawBufferPointer) -> Int {
    max(recv(descriptor, room.baseAddress, room.count, Int32(MSG_DONTWAIT)), 0)
  }

  /// Whether something else than a socket is there; the system tells that from a socket without listener no more than
  /// this.
  private static func isNoSocket(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFSOCK
  }

  private static func reason(of number: Int32) -> BreakerUnavailable.Reason {
    switch number {
    case ENOENT, ECONNREFUSED, ENOTDIR: .notRunning
    case EACCES, EPERM: .notPermitted
    case EAGAIN: .backlogFull
    case EPROTOTYPE, ENOTSOCK: .notBreakerd("")
    default: .connectFailed(errno: number)
    }
  }
}
