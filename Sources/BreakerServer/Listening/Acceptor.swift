internal import BreakerCore
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Accepts connections on both sockets, on a thread of its own, and gives each a session on the event loop.
///
/// The kernel's queue of connections that wait is one for all users: who connects faster than connections are accepted has it full
/// for everybody. So this thread does nothing else, and turns away who connects too often before anything costs more.
final class Acceptor: Sendable {
  /// So many are let in before the loop looks at all others again.
  private static let batch = 32
  /// So many are turned away before those that have come get in.
  private static let turnedAway = 512

  private let thread = NIOThreadPool(numberOfThreads: 1)
  private let sockets: [(descriptor: CInt, kind: ListenerKind)]
  /// Closing it ends the thread, which waits with the other end.
  private let bell: CInt
  private let ear: CInt
  private let atOnce: Int
  private let engine: NIOLoopBound<Engine>
  private let loop: any EventLoop

  /// Begins to accept. It closes the sockets' descriptors when it is stopped.
  ///
  /// - Parameter atOnce: How many connections a user can make at once: more than there can be, since all of them are made anew when
  ///   the daemon has been started anew.
  init(
    _ everybodys: borrowing SocketFile, _ admins: borrowing SocketFile, engine: NIOLoopBound<Engine>,
    atOnce: Int, on loop: any EventLoop
  ) throws(StartError) {
    var ends: [CInt] = [-1, -1]
    guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw StartError.system("cannot make a pair of sockets")
    }
    (bell, ear) = (ends[0], ends[1])
    sockets = [(everybodys.descriptor, .everybody), (admins.descriptor, .admin)]
    self.atOnce = atOnce
    self.engine = engine
    self.loop = loop
    thread.start()
    thread.submit { [self] _ in run() }
  }

  /// Accepts no more, and waits until that is so. Who waits in the kernel's queue waits on, for whoever has the socket next.
  func stop() {
    close(bell)
    try? thread.syncShutdownGracefully()
    for descriptor in sockets.map(\.descriptor) + [ear] { close(descriptor) }
  }

  // MARK: On the thread

  private func run() {
    var door = Door(atOnce: atOnce)
    while waitForSomebody(door) {
      for socket in sockets { accept(on: socket.descriptor, socket.kind, &door) }
    }
  }

  /// Returns whether to go on.
  private func waitForSomebody(_ door: Door) -> Bool {
    var polled = ([ear] + sockets.map(\.descriptor)).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while poll(&polled, nfds_t(polled.count), door.refused > 0 ? 100 : -1) < 0, errno == EINTR {}
    return polled[0].revents == 0
  }

  /// Lets in those who wait, as many as make a batch, and turns away the others before them.
  private func accept(on descriptor: CInt, _ kind: ListenerKind, _ door: inout Door) {
    var come: [CInt] = []
    var turnedAway = 0
    while come.count < Self.batch, turnedAway < Self.turnedAway {
      let connection = Glibc.accept(descriptor, nil, nil)
      if connection < 0 {
        if errno == ECONNABORTED || errno == EINTR { continue }
        if errno != EAGAIN { pause(errno) }
        break
      }
      if door.lets(connection, at: ClockReading.current.now) {
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        _ = fcntl(connection, F_SETFL, O_NONBLOCK)
        come.append(connection)
      } else {
        close(connection)
        turnedAway += 1
      }
    }
    // Who connects and closes in a loop is gone by now, and need not be made a session.
    come.removeAll { connection in
      guard Door.isLeft(connection) else { return false }
      close(connection)
      return true
    }
    // While many are turned away the loop need not hear of each few.
    guard !come.isEmpty || turnedAway == 0 && door.refused > 0 else { return }
    let (connections, refused) = (come, door.refused)
    door.refused = 0
    // Waited for, so that no more are on their way than that.
    _ = try? loop.submit { [engine] in
      engine.value.counters.refusedConnections &+= refused
      for connection in connections { Self.open(connection, kind, engine.value) }
    }.wait()
  }

  /// Accepting has failed, most likely for want of descriptors: the connection that waits would wake this thread again and again.
  private func pause(_ code: CInt) {
    loop.execute { [engine] in engine.value.acceptFailed(String(cString: strerror(code))) }
    var polled = pollfd(fd: ear, events: Int16(POLLIN), revents: 0)
    _ = poll(&polled, 1, 100)
  }

  // MARK: On the event loop

  private static func open(_ connection: CInt, _ kind: ListenerKind, _ engine: Engine) {
    guard let peer = PeerCredentials(of: connection) else {
      close(connection)
      return
    }
    let handler = NIOLoopBound(engine.accept(peer, kind), eventLoop: engine.eventLoop)
    _ = ClientBootstrap(group: engine.eventLoop)
      .channelOption(.autoRead, value: false)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2_048, maximum: 16_384)
      )
      .channelOption(.writeBufferWaterMark, value: .init(low: 16 * 1_024, high: 64 * 1_024))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
      }
      .withConnectedSocket(connection)
  }
}
