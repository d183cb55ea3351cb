internal import BreakerProtocol
internal import NIOCore

/// Cuts what comes from the socket into lines, and hands them to the driver. It decides nothing.
final class LineHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// No line of the daemon is longer; whoever writes one is not it.
  static let longestLine = 65_536

  private unowned let driver: ConnectionDriver
  private var unread = ByteBuffer()

  init(driver: ConnectionDriver) { self.driver = driver }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    if unread.readableBytes > 0 {
      unread.writeBuffer(&buffer)
      buffer = unread
    }
    unread = ByteBuffer()
    while let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
      let length = end - buffer.readerIndex
      buffer.withUnsafeReadableBytes { driver.received(Bytes(rebasing: $0[..<length]), on: context.channel) }
      buffer.moveReaderIndex(forwardBy: length + 1)
    }
    // Another program's greeting need not end with a line end: its first byte tells it.
    let isForeign = buffer.readableBytesView.first.map { ServerLine.Kind(rawValue: $0) == nil } ?? false
    if isForeign || buffer.readableBytes > Self.longestLine {
      buffer.withUnsafeReadableBytes { driver.receivedGarbage($0, on: context.channel) }
    } else if buffer.readableBytes > 0 {
      unread = buffer
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    driver.writabilityChanged(context.channel.isWritable, on: context.channel)
  }

  func channelInactive(context: ChannelHandlerContext) {
    // Another program's greeting may look like ours as far as it goes.
    if unread.readableBytes > 0 {
      unread.withUnsafeReadableBytes { driver.receivedGarbage($0, on: context.channel) }
    }
    driver.disconnected(context.channel)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    driver.disconnected(context.channel)
    context.close(promise: nil)
  }
}
