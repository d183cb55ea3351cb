import BreakerBoard
import Glibc

/// Just enough of a daemon: a board with a heartbeat, and answers to `hello` and `allow`. It reads reports and forgets them.
final class Daemon {
  static let slow = ["plain": UInt32(0), "slow": 500, "exact": 50]

  let socket: String
  private let board: String
  private let writer: BoardWriter
  private let listener: CInt

  init(in directory: String) throws {
    socket = directory + "/breakerd.sock"
    board = directory + "/board"
    let now = BoardClock.exact
    let writer = try BoardWriter(path: board, identity: BoardIdentity(epoch: 1, seed: 2, base: now))
    for (name, limit) in Self.slow { Self.publish(.closed, slowCall: limit, for: name, by: writer) }
    Self.publish(.open, slowCall: 0, for: "open", by: writer)
    self.writer = writer
    try writer.place(at: now)
    listener = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socket.utf8) }
    let code = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    precondition(code == 0 && listen(listener, 8) == 0, "cannot listen at \(socket)")
  }

  private static func publish(_ state: BoardState, slowCall: UInt32, for name: String, by writer: BoardWriter) {
    let word = BoardWord(state, generation: 7)
    Array(name.utf8).withUnsafeBytes { _ = writer.publish(word, slowCall: slowCall, for: $0) }
  }

  /// Serves one client for ever, on a thread of its own.
  func start() {
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { pointer in
        if let pointer { Unmanaged<Daemon>.fromOpaque(pointer).takeRetainedValue().serve() }
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
  }

  private func serve() {
    var room = [UInt8](repeating: 0, count: 65_536)
    var polled = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    while poll(&polled, 1, 100) == 0 { writer.beat(at: BoardClock.exact) }
    polled.fd = accept(listener, nil, nil)
    while true {
      writer.beat(at: BoardClock.exact)
      guard poll(&polled, 1, 100) > 0 else { continue }
      let count = recv(polled.fd, &room, room.count, 0)
      guard count > 0 else { return }
      for line in String(decoding: room[..<count], as: UTF8.self).split(separator: "\n") {
        let words = line.split(separator: " ")
        let answer: String? =
          switch words[1] {
          case "hello": "+\(words[0]) ok board=\(board)\n"
          case "allow": "+\(words[0]) allow closed 7\n"
          default: nil
          }
        if let answer { _ = send(polled.fd, answer, answer.utf8.count, CInt(MSG_NOSIGNAL)) }
      }
    }
  }
}
