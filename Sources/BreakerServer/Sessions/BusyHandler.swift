internal import BreakerProtocol
internal import NIOCore

/// Tells a client that there is no room for it, and closes.
final class BusyHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let refusal: RequestError

  init(_ refusal: RequestError) { self.refusal = refusal }

  func channelActive(context: ChannelHandlerContext) {
    var line = ReplyBuffer()
    line.error(refusal, tag: Bytes(start: nil, count: 0))
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: line.bytes)), promise: nil)
    context.close(promise: nil)
  }
}
