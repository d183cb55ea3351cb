import Glibc
import Synchronization

/// A socket that does what a test says: for each line that comes, a script says what goes back.
///
/// Its thread ends when the server is stopped.
final class ScriptedServer: Sendable {
  /// What goes back for one line.
  enum Reaction: Sendable {
    case reply(String)
    /// So long after the line came; nothing else is done meanwhile.
    case late(String, milliseconds: UInt32)
    /// Without a line end.
    case bare(String)
    case nothing
    /// The text, then the end of the connection.
    case close(String)
  }

  /// What to do with a line: its tag with the `@`, the rest, and the number of its connection, from 1.
  typealias Script = @Sendable (_ tag: String, _ line: String, _ connection: Int) -> Reaction

  let path: String
  private let listener: Int32
  private let script: Script
  private let seen = Mutex<[String]>([])
  private let open = Mutex<[Int32: [UInt8]]>([:])
  private let connections = Mutex(0)
  private let openNow = Mutex(0)
  private let isStopped = Atomic<Bool>(false)

  /// A server that accepts, unless `backlog` says that it only listens.
  init(backlog: Int32? = nil, script: @escaping Script = { _, _, _ in .nothing }) {
    path = "/tmp/breaker-client-\(getpid())-\(UInt32.random(in: 0...(.max))).sock"
    self.script = script
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = Self.address(path)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    listen(listener, backlog ?? 64)
    if backlog == nil { start() }
  }

  /// The lines that came, without tags.
  var lines: [String] { seen.withLock { $0 } }

  /// How many connections are open.
  var openConnections: Int { openNow.withLock { $0 } }

  /// Ends every connection, and the listening.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    unlink(path)
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// Fills the queue of a server that accepts nothing, and returns what is to be closed.
  func fillBacklog() -> [Int32] {
    var filling: [Int32] = []
    while true {
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
      filling.append(descriptor)
      var address = Self.address(path)
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result != 0 { return filling }
    }
  }

  /// Closes what ``fillBacklog()`` opened.
  func release(_ filling: [Int32]) { for descriptor in filling { close(descriptor) } }

  private static func address(_ path: String) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    return address
  }

  private func start() {
    let box = Unmanaged.passRetained(self)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<ScriptedServer>.fromOpaque(pointer).takeRetainedValue().serve()
        return nil
      }, box.toOpaque())
    pthread_detach(thread)
  }

  /// One thread for all: polls the listener and the connections.
  private func serve() {
    var numbers: [Int32: Int] = [:]
    while !isStopped.load(ordering: .acquiring) {
      var polled = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
      polled += numbers.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&polled, nfds_t(polled.count), 20) > 0 else { continue }
      if polled[0].revents != 0 {
        let descriptor = accept(listener, nil, nil)
        if descriptor >= 0 {
          openNow.withLock { $0 += 1 }
          numbers[descriptor] = connections.withLock {
            $0 += 1
            return $0
          }
        }
      }
      for entry in polled.dropFirst() where entry.revents != 0 {
        guard let number = numbers[entry.fd] else { continue }
        if !read(entry.fd, number) {
          close(entry.fd)
          numbers[entry.fd] = nil
          openNow.withLock { $0 -= 1 }
          open.withLock { $0[entry.fd] = nil }
        }
      }
    }
    for descriptor in numbers.keys { close(descriptor) }
    close(listener)
  }

  /// Whether the connection goes on.
  private func read(_ descriptor: Int32, _ number: Int) -> Bool {
    var room = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &room, room.count, 0)
    guard count > 0 else { return false }
    var bytes = open.withLock { $0[descriptor] ?? [] } + room[..<count]
    while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
      let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ", maxSplits: 1)
      bytes.removeFirst(end + 1)
      let tag = String(words.first ?? "")
      let line = words.count > 1 ? String(words[1]) : ""
      seen.withLock { $0.append(line) }
      switch script(tag, line, number) {
      case .late(let text, let milliseconds):
        usleep(milliseconds * 1_000)
        answer(text + "\n", descriptor)
      case .bare(let text): answer(text, descriptor)
      case .nothing: break
      case .reply(let text): answer(text + "\n", descriptor)
      case .close(let text):
        answer(text, descriptor)
        return false
      }
    }
    open.withLock { $0[descriptor] = bytes }
    return true
  }

  private func answer(_ text: String, _ descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
