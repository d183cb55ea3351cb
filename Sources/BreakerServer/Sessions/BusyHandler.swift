internal import BreakerProtocol
internal import Glibc
internal import NIOCore

/// Tells a client that there is no room for it, and closes.
final class BusyHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let refusal: RequestError

  init(_ refusal: RequestError) { self.refusal = refusal }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Self.line(refusal))), promise: nil)
    context.close(promise: nil)
  }

  /// Tells it to a connection that no loop looks after.
  static func tell(_ refusal: RequestError, on connection: CInt) {
    let line = line(refusal)
    _ = send(connection, line, line.count, CInt(MSG_NOSIGNAL | MSG_DONTWAIT))
  }

  private static func line(_ refusal: RequestError) -> [UInt8] {
    var line = ReplyBuffer()
    line.error(refusal, tag: Bytes(start: nil, count: 0))
    return line.bytes
  }
}
