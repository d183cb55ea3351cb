internal import BreakerProtocol
internal import NIOCore

/// Tells a client that there is no room for it, and closes.
final class BusyHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func channelActive(context: ChannelHandlerContext) {
    var line = ReplyBuffer()
    line.error(
      RequestError(.busy, "there are \(limit) connections on this socket, which is the limit: try again later"),
      tag: Bytes(start: nil, count: 0))
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: line.bytes)), promise: nil)
    context.close(promise: nil)
  }
}
