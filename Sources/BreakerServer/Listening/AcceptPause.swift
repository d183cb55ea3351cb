internal import NIOCore

/// Stops accepting for a moment where accepting has failed, most likely for want of descriptors: the connection that
/// waits would wake the loop again and again.
///
/// NIO's `AcceptBackoffHandler` does not help here (2.101): it delays the next read, but a failed one has left the
/// socket registered for reading.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  private let engine: Engine

  init(engine: Engine) { self.engine = engine }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    engine.acceptFailed(error)
    let channel = context.channel
    try? channel.syncOptions?.setOption(.autoRead, value: false)
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) {
      try? channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }
}
