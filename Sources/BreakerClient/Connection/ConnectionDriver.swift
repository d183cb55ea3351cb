internal import BreakerBoard
internal import BreakerCore
internal import BreakerProtocol
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Does what a ``ConnectionMachine`` says, and tells it what happens. It lives on one event loop, and is used nowhere
/// else.
final class ConnectionDriver {
  private let loop: any EventLoop
  private let clock: MonotonicClock
  private let socketPath: @Sendable () -> String
  private let logger: ConnectionLog
  private var machine: ConnectionMachine<Waiter>
  private var channel: (any Channel)?
  /// Who listens at the other end of it.
  private var peer: UInt32?
  private var board: BoardAccess?
  private var output: ByteBuffer?
  private var willFlush = false
  private var input = ByteBuffer()
  private var callback: NIOScheduledCallback?
  private var callbackAt = Instant.never

  /// What is written is not held back beyond this, so that the daemon has something to do meanwhile.
  private static let fullOutput = 8 << 10
  /// What is read at once.
  private static let inputSize = 16 << 10

  init(
    loop: any EventLoop, clock: MonotonicClock, settings: ConnectionSettings,
    socketPath: @escaping @Sendable () -> String,
    logger: ConnectionLog, boards: OpenBoards?
  ) {
    self.loop = loop
    self.clock = clock
    self.socketPath = socketPath
    self.logger = logger
    machine = ConnectionMachine(settings: settings)
    board = boards.map { BoardAccess(boards: $0) }
  }

  var statistics: ClientStatistics {
    var statistics = machine.statistics
    statistics.boards = board?.opened ?? 0
    return statistics
  }

  /// Why there is no board; nil: there is one, or the daemon has none.
  var boardFailure: String? { board?.failure }

  // MARK: What the program wants

  func submit(_ line: RequestLine, breaker: String?, waiter: Waiter, deadline: Instant) {
    // The reply that ends the stall may lie there unread.
    if case .stalled = machine.state { readWhatHasCome() }
    board?.asking(at: BoardClock.coarse)
    perform(machine.submit(line, breaker: breaker, waiter: waiter, deadline: deadline, at: clock.now()))
  }

  /// Tells all these, in this order and by one write if nothing else is in the way.
  func report(_ requests: [QuietRequest]) {
    let now = clock.now()
    for request in requests { perform(machine.report(request, at: now)) }
  }

  /// Fulfils `promise` when the socket is closed.
  func shutDown(_ promise: EventLoopPromise<Void>?) {
    board?.shutDown()
    guard let channel else {
      perform(machine.shutDown(at: clock.now()))
      promise?.succeed()
      return
    }
    if let promise { channel.closeFuture.cascade(to: promise) }
    perform(machine.shutDown(at: clock.now()))
  }

  // MARK: What happens to the socket

  func received(_ bytes: Bytes, on channel: any Channel) {
    guard channel === self.channel else { return }
    guard let line = ServerLine(bytes) else { return receivedGarbage(bytes, on: channel) }
    perform(machine.received(line, at: clock.now()))
  }

  func receivedGarbage(_ bytes: Bytes, on channel: any Channel) {
    guard channel === self.channel else { return }
    perform(machine.receivedGarbage(String(decoding: bytes.prefix(40), as: UTF8.self), at: clock.now()))
  }

  func writabilityChanged(_ isWritable: Bool, on channel: any Channel) {
    guard channel === self.channel else { return }
    perform(machine.writabilityChanged(isWritable, at: clock.now()))
  }

  func disconnected(_ channel: any Channel) {
    guard channel === self.channel else { return }
    perform(machine.disconnected(at: clock.now()))
  }

  // MARK: Doing

  private func perform(_ effects: [ConnectionEffect<Waiter>]) {
    for effect in effects {
      switch effect {
      case .connect: connect()
      case .send(let line, let tag): write(line, tag: tag)
      case .answer(let waiter, let answer): self.answer(waiter, answer)
      case .greeted(let words): board?.greeted(words, by: peer, at: BoardClock.coarse)
      case .disconnect: disconnect()
      case .complain(let complaint): logger.write(complaint, socketPath: socketPath())
      }
    }
    flushLater()
    schedule()
  }

  private func answer(_ waiter: Waiter, _ answer: Answer) {
    guard !waiter.resume(returning: answer), case .allow(let answer) = answer, let breaker = waiter.breaker else {
      return
    }
    perform(machine.giveBack(answer, of: breaker, at: clock.now()))
  }

  private func connect() {
    let descriptor: Int32
    do {
      descriptor = try UnixSocket.connect(to: socketPath())
    } catch {
      return perform(machine.connectFailed(error.reason, at: clock.now()))
    }
    peer = UnixSocket.peer(of: descriptor)
    let driver = NIOLoopBound(self, eventLoop: loop)
    ClientBootstrap(group: loop)
      .channelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(LineHandler(driver: driver.value))
        }
      }
      .withConnectedSocket(descriptor)
      .assumeIsolated()
      .whenComplete { self.connected($0) }
  }

  private func connected(_ result: Result<any Channel, any Error>) {
    switch result {
    case .success(let channel):
      self.channel = channel
      perform(machine.connected(at: clock.now()))
      guard case .closed = machine.state else { return }
      disconnect()
    case .failure(let error):
      let reason = (error as? IOError).map { BreakerUnavailable.Reason.connectFailed(errno: $0.errnoCode) }
      perform(machine.connectFailed(reason ?? .connectionLost, at: clock.now()))
    }
  }

  private func write(_ line: RequestLine, tag: UInt32) {
    guard let channel else { return }
    var buffer = output ?? channel.allocator.buffer(capacity: 256)
    output = nil
    buffer.writeString("@")
    buffer.writeString(String(tag, radix: 16))
    buffer.writeString(" ")
    buffer.writeBytes(line.bytes)
    buffer.writeString("\n")
    output = buffer
    if buffer.readableBytes >= Self.fullOutput { flush() }
  }

  private func flush() {
    guard let buffer = output else { return }
    output = nil
    channel?.writeAndFlush(buffer, promise: nil)
  }

  /// Writes once for all the requests whose tasks are in the loop's queue by now: a write takes longer than all else
  /// that is done for a request.
  private func flushLater() {
    guard output != nil, !willFlush else { return }
    willFlush = true
    let driver = NIOLoopBound(self, eventLoop: loop)
    loop.execute {
      let driver = driver.value
      driver.willFlush = false
      driver.readWhatHasCome()
      driver.flush()
    }
  }

  /// Reads the socket now, without waiting.
  ///
  /// NIO does so only when no task is ready, and a deadline that has come is one: under many requests made at once
  /// all would expire with their replies unread.
  private func readWhatHasCome() {
    guard let channel else { return }
    while channel === self.channel {
      input.clear(minimumCapacity: Self.inputSize)
      // No transport: NIO has closed it. An end or an error is left to NIO, which will find it too.
      let count = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
        descriptor in
        input.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.inputSize) {
          UnixSocket.receive(from: descriptor, into: $0)
        }
      }
      guard let count, count > 0 else { return }
      channel.pipeline.syncOperations.fireChannelRead(NIOAny(input))
      guard count >= Self.inputSize else { return }
    }
  }

  /// What the socket does not take at once is lost: the other end may hang, and nothing here waits for it.
  private func disconnect() {
    flush()
    guard let channel else { return }
    self.channel = nil
    channel.close(promise: nil)
  }

  // MARK: Time

  /// Sees to it that the machine is woken when it has to be. The one callback is often early, and never late.
  private func schedule() {
    let wakeAt = machine.wakeAt
    guard wakeAt < callbackAt else { return }
    callback?.cancel()
    callbackAt = wakeAt
    let wait = max((wakeAt - clock.now()).microseconds, 0)
    callback = try? loop.scheduleCallback(
      in: .microseconds(wait), handler: Wake(driver: NIOLoopBound(self, eventLoop: loop)))
  }

  private func wake() {
    readWhatHasCome()
    callback = nil
    callbackAt = .never
    perform(machine.tick(at: clock.now()))
  }

  private struct Wake: NIOScheduledCallbackHandler, Sendable {
    let driver: NIOLoopBound<ConnectionDriver>

    func handleScheduledCallback(eventLoop: some EventLoop) { driver.value.wake() }
  }
}
