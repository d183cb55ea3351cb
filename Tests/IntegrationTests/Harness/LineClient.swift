import Glibc

/// A plain client of a Unix socket: sends bytes, reads lines, and never waits longer than its deadline.
final class LineClient {
  /// What went wrong with the connection.
  enum Failure: Error, CustomStringConvertible {
    /// Nothing came, or nothing was taken, in time.
    case tooLate(String)
    /// The other end has closed.
    case closed(String)

    var description: String {
      switch self {
      case .tooLate(let what): "too late: \(what)"
      case .closed(let what): "closed: \(what)"
      }
    }
  }

  private let descriptor: Descriptor
  private let patience: Duration
  private var buffer: [UInt8] = []
  private var start = 0

  /// Connects.
  ///
  /// - Parameters:
  ///   - patience: How long a single act may take.
  ///   - kernelRoom: How many bytes the kernel takes before the other end reads; takes root. Nil: as many as it likes.
  init(_ path: String, patience: Duration = .seconds(20), kernelRoom: CInt? = nil) throws {
    let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw SystemError("socket") }
    descriptor = Descriptor(number)
    self.patience = patience
    if var kernelRoom {
      let size = socklen_t(MemoryLayout<CInt>.size)
      guard setsockopt(number, SOL_SOCKET, SO_SNDBUFFORCE, &kernelRoom, size) == 0 else {
        throw SystemError("SO_SNDBUFFORCE")
      }
    }
    let code = try UnixAddress(path).with { connect(number, $0, $1) }
    guard code == 0 else { throw SystemError("cannot connect to \(path)") }
  }

  // MARK: Sending

  /// Sends all of `text`.
  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends all of `bytes`; takes in meanwhile what comes, so that neither end waits for the other for ever.
  func send(_ bytes: [UInt8]) throws {
    let deadline = Deadline(in: patience)
    var sent = try sendNow(bytes, from: 0)
    while sent < bytes.count {
      let ready = wait(for: POLLOUT | POLLIN, deadline)
      guard ready != 0 else { throw Failure.tooLate("sent \(sent) of \(bytes.count) bytes") }
      if ready & POLLIN != 0 { _ = try receive(deadline) }
      sent = try sendNow(bytes, from: sent)
    }
  }

  /// Sends as much of `bytes` as the other end takes in the time allowed, reads nothing, and returns how many those were.
  func offer(_ bytes: [UInt8], within limit: Duration) throws -> Int {
    let deadline = Deadline(in: limit)
    var sent = try sendNow(bytes, from: 0)
    while sent < bytes.count, wait(for: POLLOUT, deadline) != 0 { sent = try sendNow(bytes, from: sent) }
    return sent
  }

  private func sendNow(_ bytes: [UInt8], from start: Int) throws -> Int {
    var sent = start
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor.number, $0.baseAddress.map { $0 + sent }, $0.count - sent, CInt(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        break
      } else {
        throw Failure.closed("after \(sent) of \(bytes.count) bytes, \(SystemError("send"))")
      }
    }
    return sent
  }

  /// Says that no more will be sent.
  func endInput() { shutdown(descriptor.number, CInt(SHUT_WR)) }

  // MARK: Reading

  /// The next line, without its end.
  func line() throws -> String {
    guard let line = try nextLine() else { throw Failure.closed("expected a line") }
    return line
  }

  /// So many lines.
  func lines(_ count: Int) throws -> [String] { try (0..<count).map { _ in try line() } }

  /// The next line, without taking it; nil if the other end has closed.
  func peek() throws -> String? {
    try nextLineEnd().map { String(decoding: buffer[start..<$0], as: UTF8.self) }
  }

  /// The next line; nil if the other end has closed.
  func nextLine() throws -> String? {
    guard let end = try nextLineEnd() else { return nil }
    defer { start = end + 1 }
    return String(decoding: buffer[start..<end], as: UTF8.self)
  }

  /// Where the next line ends, once it is here; nil if the other end has closed.
  private func nextLineEnd() throws -> Int? {
    let deadline = Deadline(in: patience)
    var searched = 0
    while true {
      let found = buffer.withUnsafeBytes { bytes -> Int? in
        let from = start + searched
        guard let base = bytes.baseAddress, let end = memchr(base + from, 10, bytes.count - from) else { return nil }
        return UnsafeRawPointer(end) - base
      }
      if let found { return found }
      searched = buffer.count - start
      guard try receive(deadline) else { return nil }
    }
  }

  /// All lines until the other end closes; half a line at the end counts as one.
  func rest() throws -> [String] {
    var lines: [String] = []
    while let line = try nextLine() { lines.append(line) }
    if start < buffer.count { lines.append(String(decoding: buffer[start...], as: UTF8.self)) }
    return lines
  }

  /// Sends a line and returns the first line of its reply.
  func ask(_ request: String) throws -> String {
    try send(request + "\n")
    return try line()
  }

  /// Sends a line and returns the first line of its reply, and the rows if it is a list.
  func list(_ request: String) throws -> (header: String, rows: [String]) {
    let header = try ask(request)
    let words = header.split(separator: " ")
    let count = words.lazy.compactMap { Int($0.drop { $0 == "*" }) }.first
    return (header, header.hasPrefix("*") ? try lines(count ?? 0) : [])
  }

  /// The rows of a list of one `key=value` a row, `show` and `stats` for instance.
  func table(_ request: String) throws -> [String: String] {
    try list(request).rows.reduce(into: [:]) { $0.merge(fields($1)) { $1 } }
  }

  /// Whether there is a line to read, after waiting so long for one at most.
  func hasLine(within limit: Duration) throws -> Bool {
    let deadline = Deadline(in: limit)
    while !buffer[start...].contains(10) {
      guard wait(for: POLLIN, deadline) != 0 else { return false }
      guard try receive(deadline) else { return true }
    }
    return true
  }

  // MARK: Waiting

  /// Takes more bytes in; false at the end.
  private func receive(_ deadline: Deadline) throws -> Bool {
    guard wait(for: POLLIN, deadline) != 0 else { throw Failure.tooLate("expected more to read") }
    buffer.removeFirst(start)
    start = 0
    var count = 0
    let received = [UInt8](unsafeUninitializedCapacity: 64 * 1_024) { room, filled in
      count = recv(descriptor.number, room.baseAddress, room.count, 0)
      filled = max(count, 0)
    }
    buffer += received
    // A Unix socket that is closed with something unread in it says ECONNRESET after what it had sent.
    guard count >= 0 || errno == ECONNRESET else { throw SystemError("recv") }
    return count > 0
  }

  /// Waits for some of these events, and returns those that have come; 0 if it is too late.
  private func wait(for events: CInt, _ deadline: Deadline) -> CInt {
    var request = pollfd(fd: descriptor.number, events: Int16(events), revents: 0)
    while true {
      if poll(&request, 1, deadline.milliseconds) > 0 { return CInt(request.revents) }
      if deadline.hasPassed { return 0 }
    }
  }
}

/// The words `key=value` of a line.
func fields(_ line: String) -> [String: String] {
  line.split(separator: " ").reduce(into: [:]) { fields, word in
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
  }
}
