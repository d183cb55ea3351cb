import Glibc

/// A connection to the daemon, used line by line.
final class Connection {
  struct Failure: Error {
    let call: String
    let code: CInt
  }

  private let descriptor: CInt
  private var received: [UInt8] = []

  init(_ path: String) throws(Failure) {
    descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    }
    guard code == 0 else { throw Failure(call: "connect", code: errno) }
  }

  deinit { close(descriptor) }

  func send(_ line: String) throws(Failure) {
    let bytes = Array((line + "\n").utf8)
    guard Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else {
      throw Failure(call: "send", code: errno)
    }
  }

  /// The next line; nil at the end.
  func line() throws(Failure) -> String? {
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received.removeFirst(end + 1) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      var room = [UInt8](repeating: 0, count: 4_096)
      let count = recv(descriptor, &room, room.count, 0)
      guard count > 0 else { return nil }
      received += room[..<count]
    }
  }

  func ask(_ line: String) throws(Failure) -> String {
    try send(line)
    guard let reply = try self.line() else { throw Failure(call: "no reply to \(line)", code: 0) }
    return reply
  }
}
