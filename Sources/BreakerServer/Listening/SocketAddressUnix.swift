internal import Glibc

/// The address of a Unix socket, as the system calls want it.
struct SocketAddressUnix: Sendable {
  private var address = sockaddr_un()
  private var length: Int

  private static let pathOffset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2

  /// The address of this path.
  ///
  /// - Parameter mayBeAbstract: Whether one that begins with `@` means an abstract socket, which lies in no file system.
  /// - Throws: ``StartError`` when the path does not fit.
  init(_ path: String, mayBeAbstract: Bool = false) throws(StartError) {
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < room, !bytes.contains(0) else {
      throw StartError(
        "the path of a socket has 1 to \(room - 1) bytes, \(path) has \(bytes.count)", exitCode: .cannotStart)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    length = Self.pathOffset + bytes.count + 1
    guard mayBeAbstract, bytes.first == UInt8(ascii: "@") else { return }
    address.sun_path.0 = 0
    length -= 1
  }

  /// Where a socket is bound in the file system; nil: it is no Unix socket, or is bound nowhere.
  static func path(of descriptor: CInt) -> String? {
    var address = sockaddr_un()
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard code == 0, address.sun_family == sa_family_t(AF_UNIX), Int(length) > pathOffset else { return nil }
    let bytes = withUnsafeBytes(of: &address.sun_path) { Array($0.prefix(Int(length) - pathOffset).prefix { $0 != 0 }) }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(length))
      }
    }
  }
}
