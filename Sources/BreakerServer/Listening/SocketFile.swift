internal import BreakerStore
internal import Glibc

/// A Unix socket in the file system that this process listens on, and the lock that says so.
///
/// When its life ends, the socket's file goes, if it is still the one made here: at a stop, and when something else
/// keeps the daemon from starting.
struct SocketFile: ~Copyable {
  let path: String
  /// The listening socket. Whoever is given it closes it.
  let descriptor: CInt
  private let lock: FileLock
  private let device: dev_t
  private let inode: ino_t

  /// Listens on `path`, replacing a socket that nobody listens on any more.
  ///
  /// - Parameters:
  ///   - mode: Who may connect. The socket never has a wider mode, not even for a moment.
  ///   - backlog: How many connections may wait to be accepted.
  /// - Throws: ``StartError`` when somebody else listens there, something else lies there, or the system refuses.
  init(path: String, mode: mode_t, backlog: CInt = 4_096) throws(StartError) {
    let lock = try Self.lock(path)
    try Self.removeStale(path)
    let status: stat
    (descriptor, status) = try Self.listen(on: path, mode, backlog)
    self.path = path
    self.lock = lock
    device = status.st_dev
    inode = status.st_ino
  }

  deinit {
    var status = stat()
    guard stat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
    unlink(path)
  }

  private static func listen(
    on path: String, _ mode: mode_t, _ backlog: CInt
  ) throws(StartError) -> (descriptor: CInt, status: stat) {
    let address = try SocketAddressUnix(path)
    let descriptor = try newSocket()
    let before = umask(~mode & 0o777)
    let bound = address.with { bind(descriptor, $0, $1) }
    let failure = errno
    umask(before)
    var status = stat()
    if bound != 0 {
      close(descriptor)
      throw StartError.system("cannot bind \(path)", failure)
    }
    guard Glibc.listen(descriptor, backlog) == 0, stat(path, &status) == 0 else {
      let failure = errno
      close(descriptor)
      throw StartError.system("cannot listen on \(path)", failure)
    }
    return (descriptor, status)
  }

  private static func newSocket() throws(StartError) -> CInt {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw StartError.system("cannot make a socket") }
    return descriptor
  }

  private static func lock(_ path: String) throws(StartError) -> FileLock {
    do {
      return try FileLock(path: path + ".lock")
    } catch {
      throw StartError(error.description, exitCode: error.isHeld ? .alreadyRunning : .cannotStart)
    }
  }

  /// Removes a socket that refuses connections; leaves alone, and complains of, everything else.
  private static func removeStale(_ path: String) throws(StartError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw StartError(
        "\(path) is there and is no socket: move it away, or choose another path", exitCode: .cannotStart)
    }
    let probe = try newSocket()
    defer { close(probe) }
    let connected = try SocketAddressUnix(path).with { connect(probe, $0, $1) }
    guard connected != 0, errno == ECONNREFUSED else {
      throw StartError(
        "another process listens on \(path): stop it, or choose another path with --socket and --admin-socket",
        exitCode: .alreadyRunning)
    }
    guard unlink(path) == 0 else { throw StartError.system("cannot remove the stale socket \(path)") }
  }
}

/// The address of a Unix socket, as the system calls want it.
struct SocketAddressUnix {
  private var address = sockaddr_un()

  /// - Throws: ``StartError`` when the path does not fit.
  init(_ path: String) throws(StartError) {
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < room, !bytes.contains(0) else {
      throw StartError(
        "the path of a socket has 1 to \(room - 1) bytes, \(path) has \(bytes.count)", exitCode: .cannotStart)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  }

  func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
