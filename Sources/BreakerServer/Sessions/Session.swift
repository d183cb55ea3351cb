internal import BreakerCore
internal import BreakerProtocol
internal import Glibc
internal import NIOCore

/// One connection: cuts what comes into lines, has the engine answer them in order, and sends the replies, one write
/// for all that one turn has answered.
///
/// It reads only when there is nothing left to do: a client that does not read its replies, or that sends faster than
/// its share of a turn, is not read from. What it keeps is bounded by one read, one line, and the high-water mark.
final class Session: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Replies are sent on when they are this long, whatever is still to be answered.
  private static let flushSize = 32 * 1_024

  /// More than this of requests not yet answered ends the connection.
  private static let inputLimit = 512 * 1_024

  private let engine: Engine
  let slot: Int
  let kind: ListenerKind
  let peer: PeerCredentials
  let user: PeerUser
  /// The most that the peer may do, by its credentials.
  private var ownRole = Role.observe
  /// Under which number the rules were in force that say so.
  private var judgedBy: UInt32
  let connectedAt: Instant
  /// Who this is to a breaker.
  private(set) var caller: Caller
  /// Library and version, as the client says.
  private(set) var client: String?
  /// The client's own name for itself.
  private(set) var instance: String?
  private(set) var requests: UInt64 = 0
  /// The places of the breakers that have given this connection a permit; some may have it back already.
  var holdings = Holdings()

  /// How this connection watches; nil: it does not.
  var watcher: Watcher?

  /// What it waits for from the store; nil: nothing.
  var question: Question?

  /// The reply that it waits for until its commit; nil: none.
  var heldReply: HeldReplies.Reply?

  private var context: ChannelHandlerContext?
  /// The socket, as long as the channel has it open.
  private var descriptor: CInt?
  /// What the channel has been given to write and has not finished.
  private var writesUnderWay = 0
  private var input = ByteBuffer()
  /// How much of ``input`` counts as its user's.
  private var heldInput = 0
  private var stall: Scheduled<Void>?

  /// No more will come from the client.
  private var inputEnded = false
  /// A reply is on its way by ``answer(_:)``.
  private var isWaiting = false
  /// The lines of this turn are being worked off, further up the stack.
  private var isRunning = false
  /// The rest of the input waits for its next turn.
  private var isYielding = false
  /// Why the daemon ends the connection, once what has been received is answered.
  private var ending: RequestError?
  /// The last line has been written; what follows is the end.
  private var isFinished = false

  init(
    engine: Engine, connection: UInt64, slot: Int, peer: PeerCredentials, user: PeerUser, kind: ListenerKind,
    connectedAt: Instant
  ) {
    self.engine = engine
    self.slot = slot
    self.kind = kind
    self.peer = peer
    self.user = user
    self.connectedAt = connectedAt
    self.caller = Caller(connection: connection, uid: peer.uid, pid: peer.pid)
    judgedBy = engine.rulesetNumber
    judge()
  }

  /// What to call it: its own name, or its library.
  var displayName: String? { instance ?? client }

  /// The lesser of what the socket and the peer's credentials give.
  var role: Role { min(ownRole, kind.role) }
  /// Whether the peer is an admin, who on the socket for everybody may not act as one.
  var isAdmin: Bool { ownRole == .admin }

  /// Finds out who the peer is by the rules in force, if those are others than before.
  func judgeAgain() {
    guard judgedBy != engine.rulesetNumber else { return }
    judgedBy = engine.rulesetNumber
    judge()
  }

  private func judge() {
    ownRole = Access.role(of: peer, daemon: engine.about.uid, engine.ruleset)
  }

  func introduce(client: String?, instance: String?, isBound: Bool?) {
    self.client = client
    self.instance = instance
    if let isBound { caller.isBound = isBound }
  }

  func becomeProber(_ isProber: Bool) { caller.isProber = isProber }

  // MARK: Events

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    descriptor = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
      $0
    }
  }

  func channelActive(context: ChannelHandlerContext) { context.read() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isFinished else { return }
    var received = unwrapInboundIn(data)
    // At the end of input NIO hands over all that the kernel held, asked for or not.
    guard input.readableBytes + received.readableBytes <= Self.inputLimit, user.held <= EngineLimits.heldOfUser else {
      return drop()
    }
    if input.readableBytes == 0 { input = received } else { input.writeBuffer(&received) }
    holdInput()
  }

  /// Ends the connection of a client that leaves too much unread.
  private func drop() {
    engine.counters.stalledConnections &+= 1
    isFinished = true
    context?.close(promise: nil)
  }

  /// Counts what waits to be worked off.
  private func holdInput() {
    user.held += input.readableBytes - heldInput
    heldInput = input.readableBytes
  }

  func channelReadComplete(context: ChannelHandlerContext) { run() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed = event else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    inputEnded = true
    run()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard context.channel.isWritable else { return watchForStall() }
    // What is left at the end must go too, however slowly it begins to.
    guard !isFinished else { return }
    stall?.cancel()
    stall = nil
    if let watcher { engine.resume(watcher) }
    run()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  /// The client is gone. What it had sent before is carried out, but nobody hears of it, so it waits for no commit; then
  /// its place is free.
  func channelInactive(context: ChannelHandlerContext) {
    stall?.cancel()
    self.context = nil
    descriptor = nil
    inputEnded = true
    if let heldReply {
      heldReply.drop()
      self.heldReply = nil
      isWaiting = false
    }
    if let question {
      question.drop()
      isWaiting = false
    }
    if isFinished { leave() } else { run() }
  }

  private func leave() {
    user.held -= heldInput
    heldInput = 0
    engine.leave(self)
    engine.releaseHoldings(of: self)
  }

  // MARK: Turns

  /// Works off what there is, as far as this turn goes, and asks for more when nothing is left.
  private func run() {
    guard !isRunning, !isYielding else { return }
    guard !engine.mustWait(self) else { return yield() }
    isRunning = true
    engine.tick()
    judgeAgain()
    var outcome = Progress.idle
    repeat {
      engine.replies.removeAll()
      outcome = isBlocked ? .blocked : takeLines()
      send()
    } while outcome == .more && !isBlocked
    user.used += engine.work + EngineLimits.visit
    isRunning = false
    guard !isFinished else { return }
    switch outcome {
    case .more, .blocked: break
    case .yield: yield()
    case .idle: wantMore()
    }
  }

  /// Everything received is answered: what comes next?
  private func wantMore() {
    if let ending {
      fail(ending)
      send()
    } else if inputEnded {
      finish()
    } else {
      context?.read()
    }
  }

  private enum Progress {
    /// No whole line is left.
    case idle
    /// The replies are long enough to be sent; lines may be left.
    case more
    /// This session has had its share of the turn.
    case yield
    /// Not before the client reads, or the engine answers.
    case blocked
  }

  private var isBlocked: Bool { isWaiting || isFinished || context.map { !$0.channel.isWritable } ?? false }

  private func takeLines() -> Progress {
    var progress = Progress.idle
    let taken = input.withUnsafeReadableBytes { bytes in
      var start = 0
      var foreseen = 0
      while let end = Self.lineEnd(in: bytes, from: start) {
        if start >= foreseen { foreseen = engine.table.foresee(bytes, from: start) }
        let written = engine.replies.bytes.count
        execute(Self.line(in: bytes, from: start, to: end))
        engine.work += max(engine.replies.bytes.count - written, 0) / EngineLimits.bytesPerUnit
        start = end + 1
        if isWaiting || isFinished {
          progress = .blocked
          return start
        }
        if engine.work >= engine.limits.turn {
          progress = .yield
          return start
        }
        if engine.replies.bytes.count >= Self.flushSize {
          progress = .more
          return start
        }
      }
      let rest = bytes.count - start
      if rest > (inputEnded ? Limits.line : Limits.line + 1) {
        fail(Self.tooLong)
        return bytes.count
      }
      if inputEnded && rest > 0 {
        let half = RequestError(.badArgument, "the last line has no end and was not carried out: end it with LF")
        engine.replies.error(half, tag: Bytes(start: nil, count: 0))
        return bytes.count
      }
      return start
    }
    keepRest(after: taken)
    return progress
  }

  /// Keeps the bytes after the first `taken`, but not the large buffer that they were received in.
  private func keepRest(after taken: Int) {
    input.moveReaderIndex(forwardBy: taken)
    if input.readableBytes == 0 {
      input = ByteBuffer()
    } else if input.readableBytes <= Limits.line + 1 {
      input = ByteBuffer(bytes: input.readableBytesView)
    }
    holdInput()
  }

  private func execute(_ line: Bytes) {
    requests &+= 1
    guard line.count <= Limits.line else {
      fail(Self.tooLong)
      return
    }
    var request = Request()
    do throws(RequestError) {
      try request.parse(line)
    } catch {
      if error.code.isFatal {
        fail(error)
      } else {
        engine.work += 1
        engine.refuse(request, error)
      }
      return
    }
    switch engine.execute(request, for: self) {
    case .next: break
    case .wait: isWaiting = true
    case .close: isFinished = true
    }
  }

  /// Writes the reply that the engine owed, and goes on.
  func answer(_ write: (inout ReplyBuffer) -> Void) {
    isWaiting = false
    heldReply = nil
    guard !isFinished else { return }
    engine.replies.removeAll()
    write(&engine.replies)
    send()
    run()
  }

  /// Whether the client is there.
  var isConnected: Bool { context != nil }

  /// Whether the client takes more now.
  var canTake: Bool { !isFinished && context?.channel.isWritable == true }

  /// Sends lines that answer nothing, to be called between turns; `then` is called when the client's end of the socket
  /// has room for all of them.
  func push(_ lines: [UInt8], then: @escaping () -> Void) {
    guard let context else { return }
    write(context.channel.allocator.buffer(bytes: lines), context, then: then)
  }

  private func yield() {
    isYielding = true
    engine.postpone(self)
  }

  /// Its next turn has come.
  func resume() {
    isYielding = false
    run()
  }

  // MARK: Sending and ending

  private func send() {
    if let context, !engine.replies.bytes.isEmpty {
      let taken = offer(engine.replies.bytes)
      if taken < engine.replies.bytes.count {
        // One buffer for all sessions: what the kernel has taken at once leaves it free again.
        engine.outgoing.clear()
        engine.outgoing.writeBytes(engine.replies.bytes[taken...])
        write(engine.outgoing, context)
        if user.held > EngineLimits.heldOfUser { drop() }
      }
      engine.replies.removeAll()
    }
    if isFinished { finish() }
  }

  /// Offers replies to the kernel, which nearly always takes all of them: the way through the channel would cost more than all
  /// else. And to the channel a client that is gone is an error that ends the connection, with all that it had sent before.
  ///
  /// - Returns: How many bytes need nothing more.
  private func offer(_ bytes: [UInt8]) -> Int {
    guard let descriptor, writesUnderWay == 0 else { return 0 }
    let taken = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
    if taken >= 0 { return taken }
    // A client that is gone hears of nothing; what there is to read says when the connection ends. All else the channel deals with.
    return errno == EPIPE || errno == ECONNRESET ? bytes.count : 0
  }

  /// Has the channel write this when the client takes it; `then` is called when it has.
  private func write(_ buffer: ByteBuffer, _ context: ChannelHandlerContext, then: @escaping () -> Void = {}) {
    let size = buffer.readableBytes
    writesUnderWay += 1
    user.held += size
    let bound = NIOLoopBound((session: self, then: then), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { result in
      bound.value.session.writesUnderWay -= 1
      bound.value.session.user.held -= size
      if case .success = result { bound.value.then() }
    }
  }

  /// Says why the connection ends; nothing that comes is looked at any more.
  private func fail(_ error: RequestError) {
    engine.counters.errors &+= 1
    engine.replies.error(error, tag: Bytes(start: nil, count: 0))
    isFinished = true
  }

  /// Closes when all that was written has been sent, or the client does not take it.
  private func finish() {
    isFinished = true
    guard let context else { return leave() }
    watchForStall()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in bound.value.close(promise: nil) }
  }

  /// Ends the connection with an error, after the replies to what has been received: from outside of a turn.
  func end(with error: RequestError) {
    ending = error
    run()
  }

  /// Has a client that takes nothing for too long closed; one that only watches may sleep.
  private func watchForStall() {
    guard stall == nil, watcher == nil || isFinished, let context else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    stall = context.eventLoop.scheduleTask(in: .seconds(Int64(engine.limits.stallSeconds))) {
      bound.value.engine.counters.stalledConnections &+= 1
      bound.value.context?.close(promise: nil)
    }
  }

  // MARK: Lines

  private static let tooLong = RequestError(.tooLong, "a line has at most \(Limits.line) bytes")

  private static func lineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + start, CInt(UInt8(ascii: "\n")), bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// The line that ends before `end`, without the CR of a CRLF.
  private static func line(in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Bytes {
    let hasReturn = end > start && bytes[end - 1] == UInt8(ascii: "\r")
    return Bytes(rebasing: bytes[start..<(hasReturn ? end - 1 : end)])
  }
}
