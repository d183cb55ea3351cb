internal import BreakerStore
internal import Glibc

/// A Unix socket in the file system that this process listens on.
///
/// One that it has made comes with a lock that says so, and when its life ends, the socket's file goes, if it is still the
/// one made here: at a stop, and when something else keeps the daemon from starting. One that was passed to it stays.
struct SocketFile: ~Copyable {
  let place: SocketPlace
  /// The listening socket. Whoever is given it closes it.
  let descriptor: CInt
  /// Nil: it was passed.
  private let lock: FileLock?

  var path: String { place.path }

  /// The socket of this name, if it was passed, else one at `path`.
  init(
    _ name: String, of passed: PassedSockets, else path: String, mode: mode_t, backlog: CInt
  ) throws(StartError) {
    if let descriptor = passed[name] {
      try self.init(passed: descriptor, backlog: backlog)
    } else {
      try self.init(path: path, mode: mode, backlog: backlog)
    }
  }

  /// Listens on `path`, replacing a socket that nobody listens on any more.
  ///
  /// - Parameters:
  ///   - mode: Who may connect. The socket never has a wider mode, not even for a moment.
  ///   - backlog: How many connections may wait to be accepted.
  /// - Throws: ``StartError`` when somebody else listens there, something else lies there, or the system refuses.
  init(path: String, mode: mode_t, backlog: CInt) throws(StartError) {
    let lock = try Self.lock(path)
    try Self.removeStale(path)
    (descriptor, place) = try Self.listen(on: path, mode, backlog)
    self.lock = consume lock
  }

  /// Takes over a socket that somebody else has bound.
  ///
  /// - Throws: ``StartError`` when it is no listening Unix stream socket of a path.
  init(passed descriptor: CInt, backlog: CInt) throws(StartError) {
    guard let path = SocketAddressUnix.path(of: descriptor), Self.isListening(descriptor) else {
      throw StartError(
        "descriptor \(descriptor), which the service manager passes, is no listening stream socket of a path: use "
          + "ListenStream=/run/...",
        exitCode: .cannotStart)
    }
    guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
      throw StartError.system("cannot set up the socket \(path)")
    }
    // As many may wait as the daemon wants, whatever the service manager has said.
    guard Glibc.listen(descriptor, backlog) == 0 else { throw StartError.system("cannot listen on \(path)") }
    self.descriptor = descriptor
    lock = nil
    place = SocketPlace(path)
  }

  deinit {
    if lock != nil, place.isInPlace { unlink(place.path) }
  }

  private static func isListening(_ descriptor: CInt) -> Bool {
    var (type, accepts): (CInt, CInt) = (0, 0)
    var size = socklen_t(MemoryLayout<CInt>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == CInt(SOCK_STREAM.rawValue)
      && getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts == 1
  }

  private static func listen(
    on path: String, _ mode: mode_t, _ backlog: CInt
  ) throws(StartError) -> (descriptor: CInt, place: SocketPlace) {
    let address = try SocketAddressUnix(path)
    let descriptor = try newSocket()
    let before = umask(~mode & 0o777)
    let bound = address.with { bind(descriptor, $0, $1) }
    let failure = errno
    umask(before)
    if bound != 0 {
      close(descriptor)
      throw StartError.system("cannot bind \(path)", failure)
    }
    guard Glibc.listen(descriptor, backlog) == 0 else {
      let failure = errno
      close(descriptor)
      throw StartError.system("cannot listen on \(path)", failure)
    }
    return (descriptor, SocketPlace(path))
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
