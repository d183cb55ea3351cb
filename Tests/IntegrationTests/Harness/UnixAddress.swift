import Glibc

/// The address of a Unix socket, as the system calls want it.
struct UnixAddress {
  private var address = sockaddr_un()

  init(_ path: String) throws {
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw SystemError(path, ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  }

  func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }

  /// A socket of somebody else's that listens on `path`.
  static func listen(on path: String) throws -> Descriptor {
    let listener = Descriptor(socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
    let bound = try UnixAddress(path).with { bind(listener.number, $0, $1) }
    guard bound == 0, Glibc.listen(listener.number, 8) == 0 else { throw SystemError("cannot listen on \(path)") }
    return listener
  }
}
