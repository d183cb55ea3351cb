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
    // NIO listens again on what it is given, with a queue of 128, and so would turn away who comes while more than those wait. It
    // is given another socket, whose number ours takes over before it is used.
    let standIn = try SocketFile.standIn()
    let descriptor = socket.descriptor
    return try ServerBootstrap(group: group)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard dup2(descriptor, standIn) == standIn, fcntl(standIn, F_SETFD, FD_CLOEXEC) == 0 else {
            throw StartError.system("cannot listen")
          }
          close(descriptor)
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
      .withBoundSocket(standIn)
      .wait()
  }

  private static func accept(_ channel: any Channel, _ kind: ListenerKind, _ engine: Engine) throws {
    let peer = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
      PeerCredentials(of: $0)
    }
    guard let peer = peer ?? nil else { throw StartError.system("the kernel does not say who connects") }
    try channel.pipeline.syncOperations.addHandler(engine.accept(peer, kind))
  }
}
