internal import BreakerProtocol
internal import NIOCore
internal import NIOPosix

/// The connection of one watch: reads when there is room for what comes, has the machine judge it, and hands it on.
final class WatchHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  typealias Opening = CheckedContinuation<Result<BreakerWatch, BreakerRequestError>, Never>

  /// Events that wait to be taken: no more is read from the higher number on, until there are as few as the lower.
  private static let room = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
    lowWatermark: 64, highWatermark: 256)

  private var machine: WatchMachine
  private let requests: ByteBuffer
  /// Who waits for the first page.
  private var opening: Opening?
  private var source: BreakerWatch.Producer.Source?
  private var context: ChannelHandlerContext?
  private let lines = LineCutter()
  private var hasRoom = true
  private var isReading = false

  private init(socketPath: String, requests: ByteBuffer, opening: Opening) {
    machine = WatchMachine(socketPath: socketPath)
    self.requests = requests
    self.opening = opening
  }

  /// Opens a connection and sends `requests`, on `loop`; the answer comes within `deadline`.
  static func open(
    _ socketPath: String, _ requests: [RequestLine], deadline: Duration, on loop: any EventLoop, _ opening: Opening
  ) {
    let text = ByteBuffer(bytes: requests.flatMap { $0.bytes + [UInt8(ascii: "\n")] })
    let handler = WatchHandler(socketPath: socketPath, requests: text, opening: opening)
    let descriptor: Int32
    do {
      descriptor = try UnixSocket.connect(to: socketPath)
    } catch {
      return handler.end(error.reason)
    }
    let bound = NIOLoopBound(handler, eventLoop: loop)
    loop.scheduleTask(in: TimeAmount(deadline)) { bound.value.isLate() }
    ClientBootstrap(group: loop)
      .channelOption(.autoRead, value: false)
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
      }
      .withConnectedSocket(descriptor)
      .whenFailure { error in
        loop.execute {
          bound.value.end((error as? IOError).map { .connectFailed(errno: $0.errnoCode) } ?? .connectionLost)
        }
      }
  }

  // MARK: What happens to the socket

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(requests), promise: nil)
    read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let fits = lines.cut(unwrapInboundIn(data)) { bytes in
      follow(ServerLine(bytes).map { machine.received($0) } ?? machine.receivedGarbage(bytes))
    }
    if !fits { lines.unread.withUnsafeReadableBytes { follow(machine.receivedGarbage($0)) } }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    if hasRoom { read() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    end(.connectionLost)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  // MARK: What the reader wants

  /// There is room again.
  func readMore() {
    hasRoom = true
    read()
  }

  /// Nobody listens any more.
  func close() { context?.close(promise: nil) }

  // MARK: Doing

  private func read() {
    guard !isReading, let context else { return }
    isReading = true
    context.read()
  }

  private func isLate() {
    guard opening != nil else { return }
    end(.timedOut)
  }

  private func end(_ reason: BreakerUnavailable.Reason) { follow(machine.end(reason)) }

  private func follow(_ step: WatchMachine.Step) {
    switch step {
    case .nothing: break
    case .begun(let rows, let cursor): begin(rows, cursor)
    case .event(let event):
      switch source?.yield(event) {
      case .produceMore, nil: break
      case .stopProducing: hasRoom = false
      case .dropped: close()
      }
    case .ended(let error):
      opening?.resume(returning: .failure(error))
      opening = nil
      source?.finish(error)
      source = nil
      close()
    }
  }

  private func begin(_ rows: [Fields], _ cursor: String?) {
    guard let opening, let loop = context?.eventLoop else { return }
    self.opening = nil
    let made = BreakerWatch.Producer.makeSequence(
      backPressureStrategy: Self.room, finishOnDeinit: true,
      delegate: WatchReader(handler: NIOLoopBound(self, eventLoop: loop), loop: loop))
    source = made.source
    opening.resume(returning: .success(BreakerWatch(firstPage: rows, cursor: cursor, producer: made.sequence)))
  }
}
