internal import BreakerProtocol
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Accepts connections on one socket and gives each a session.
enum Listener {
  /// Begins to accept on `socket`; the channel closes its descriptor.
  static func start(
    _ socket: borrowing SocketFile, _ kind: ListenerKind, engine: NIOLoopBound<Engine>, on group: any EventLoopGroup
  ) throws -> any Channel {
    let channel = try ServerBootstrap(group: group)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptPause(engine: engine.value))
        }
      }
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2_048, maximum: 16_384)
      )
      .childChannelOption(.writeBufferWaterMark, value: .init(low: 16 * 1_024, high: 64 * 1_024))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try accept(channel, kind, engine.value) }
      }
      .withBoundSocket(socket.descriptor)
      .wait()
    // NIO has listened again, with a short backlog.
    guard listen(socket.descriptor, socket.backlog) == 0 else { throw StartError.system("cannot listen") }
    return channel
  }

  private static func accept(_ channel: any Channel, _ kind: ListenerKind, _ engine: Engine) throws {
    let peer = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
      PeerCredentials(of: $0)
    }
    guard let peer = peer ?? nil else { throw StartError.system("the kernel does not say who connects") }
    try channel.pipeline.syncOperations.addHandler(engine.accept(peer, kind))
  }
}
