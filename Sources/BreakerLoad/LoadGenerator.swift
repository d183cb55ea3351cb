internal import BreakerClient
internal import CEpoll
internal import Histogram

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Loads a server that answers lines with lines: each connection sends a batch of requests, reads all their replies, and
/// sends the next. One thread does all of it, so that it can be bound to a processor.
public final class LoadGenerator {
  private let plan: LoadPlan
  private let requests: RequestLoop
  private let poll: Int32
  private var connections: [Connection] = []
  private var input = [UInt8](repeating: 0, count: 64 << 10)
  private var result = LoadResult()
  private var isMeasuring = false

  /// A server that says nothing for so long, in milliseconds, is taken for dead.
  private static let patience: Int32 = 10_000

  private struct Connection {
    var descriptor: Int32 = -1
    /// The first request of its next batch.
    var next: Int
    /// What of its batch has not been taken by the kernel yet.
    var unsent: UnsafeRawBufferPointer.SubSequence?
    /// How many lines are still to come.
    var missing = 0
    /// Whether a line begins with the next byte.
    var atStart = true
    var sentAt: UInt64 = 0
  }

  /// A load that has not begun.
  ///
  /// - Throws: ``LoadError`` if the plan makes no sense, or the system refuses.
  public init(_ plan: LoadPlan) throws(LoadError) {
    guard !plan.requests.isEmpty, plan.connections > 0, plan.depth > 0, plan.linesPerReply > 0 else {
      throw LoadError("a load needs a request, a connection, a depth of 1 and a line for each reply at least")
    }
    self.plan = plan
    requests = RequestLoop(plan.requests, depth: plan.depth)
    poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard poll >= 0 else { throw Self.systemError("epoll_create1") }
  }

  deinit {
    for connection in connections where connection.descriptor >= 0 { close(connection.descriptor) }
    close(poll)
  }

  /// Connects, loads, and measures.
  ///
  /// - Throws: ``LoadError`` if the server cannot be reached, closes a connection, or says nothing for 10 s.
  public func run() throws(LoadError) -> LoadResult {
    for number in 0..<plan.connections {
      connections.append(Connection(next: number * requests.count / plan.connections))
      try connect(number)
    }
    let server = ServerProcess(connectedBy: connections[0].descriptor)
    for number in connections.indices { try sendBatch(number) }
    try work(until: ContinuousClock.now + plan.warmUp)
    let ranBefore = server?.runTime
    let start = ContinuousClock.now
    isMeasuring = true
    try work(until: start + plan.duration)
    result.elapsed = ContinuousClock.now - start
    if let ranBefore, let ran = server?.runTime { result.serverTime = .nanoseconds(Int64(ran - ranBefore)) }
    return result
  }

  private func work(until end: ContinuousClock.Instant) throws(LoadError) {
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    repeat {
      let count = epoll_wait(poll, &events, Int32(events.count), plan.spins ? 0 : Self.patience)
      guard count != 0 || plan.spins else { throw LoadError("\(plan.socketPath) has not answered for 10 s") }
      guard count >= 0 || errno == EINTR else { throw Self.systemError("epoll_wait") }
      for event in events.prefix(Int(max(count, 0))) {
        let number = Int(event.data.u32)
        if event.events & EPOLLOUT.rawValue != 0 { try sendRest(number) }
        if event.events & ~EPOLLOUT.rawValue != 0 { try receive(number) }
      }
    } while ContinuousClock.now < end
  }

  private func connect(_ number: Int) throws(LoadError) {
    do throws(BreakerUnavailable) {
      connections[number].descriptor = try UnixSocket.connect(to: plan.socketPath)
    } catch {
      throw LoadError("\(error)")
    }
    try watch(number, EPOLL_CTL_ADD, EPOLLIN.rawValue)
  }

  /// Has the kernel say when something comes, or there is room to send.
  private func watch(_ number: Int, _ operation: Int32, _ events: UInt32) throws(LoadError) {
    var event = epoll_event()
    event.events = events
    event.data.u32 = UInt32(number)
    guard epoll_ctl(poll, operation, connections[number].descriptor, &event) == 0 else {
      throw Self.systemError("epoll_ctl")
    }
  }

  // MARK: One batch

  private func sendBatch(_ number: Int) throws(LoadError) {
    let batch = requests.batch(from: connections[number].next, depth: plan.depth)
    connections[number].next = (connections[number].next + plan.depth) % requests.count
    connections[number].missing = plan.depth * plan.linesPerReply
    connections[number].unsent = batch[...]
    if !plan.reconnects { connections[number].sentAt = Self.now }
    try sendRest(number)
  }

  private func sendRest(_ number: Int) throws(LoadError) {
    guard let unsent = connections[number].unsent else { return }
    let rest = UnsafeRawBufferPointer(rebasing: unsent)
    let count = send(connections[number].descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
    guard count >= 0 || errno == EAGAIN else { throw Self.systemError("send") }
    if count == rest.count {
      connections[number].unsent = nil
      if rest.startIndex != unsent.startIndex { try watch(number, EPOLL_CTL_MOD, EPOLLIN.rawValue) }
    } else {
      connections[number].unsent = unsent.dropFirst(max(count, 0))
      try watch(number, EPOLL_CTL_MOD, EPOLLIN.rawValue | EPOLLOUT.rawValue)
    }
  }

  private func receive(_ number: Int) throws(LoadError) {
    let count = recv(connections[number].descriptor, &input, input.count, 0)
    guard count != 0 else { throw LoadError("\(plan.socketPath) has closed a connection") }
    guard count > 0 else {
      guard errno == EAGAIN else { throw Self.systemError("recv") }
      return
    }
    takeLines(number, count)
    guard connections[number].missing <= 0 else { return }
    if plan.reconnects {
      close(connections[number].descriptor)
      note(number)
      connections[number].sentAt = Self.now
      try connect(number)
    } else {
      note(number)
    }
    try sendBatch(number)
  }

  /// Counts the lines that have come, and those of them that are errors.
  private func takeLines(_ number: Int, _ count: Int) {
    var atStart = connections[number].atStart
    var missing = connections[number].missing
    var errors = 0
    input.withUnsafeBytes { input in
      guard let base = input.baseAddress else { return }
      var at = 0
      while at < count {
        if atStart, base[at] == UInt8(ascii: "-") || base[at] == UInt8(ascii: "!") { errors += 1 }
        guard let end = memchr(base + at, 10, count - at) else {
          atStart = false
          return
        }
        missing -= 1
        atStart = true
        at = UnsafeRawPointer(end) - base + 1
      }
    }
    connections[number].atStart = atStart
    connections[number].missing = missing
    if isMeasuring { result.errors += errors }
  }

  /// A batch has been answered.
  private func note(_ number: Int) {
    guard isMeasuring else { return }
    result.requests += plan.depth
    result.latency.record(max(Self.now - connections[number].sentAt, 1), count: UInt64(plan.depth))
  }

  /// Nanoseconds of CLOCK_MONOTONIC.
  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private static func systemError(_ call: String) -> LoadError {
    LoadError("\(call): \(String(cString: strerror(errno)))")
  }
}

extension UnsafeRawPointer {
  fileprivate subscript(offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }
}
