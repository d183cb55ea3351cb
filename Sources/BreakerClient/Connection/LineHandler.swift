internal import BreakerProtocol
internal import NIOCore

/// Cuts what comes from the socket into lines, and hands them to the driver. It decides nothing.
final class LineHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private unowned let driver: ConnectionDriver
  private let lines = LineCutter()

  init(driver: ConnectionDriver) { self.driver = driver }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let fits = lines.cut(unwrapInboundIn(data)) { driver.received($0, on: context.channel) }
    // Another program's greeting need not end with a line end: its first byte tells it.
    let isForeign = lines.unread.readableBytesView.first.map { ServerLine.Kind(rawValue: $0) == nil } ?? false
    if !fits || isForeign { giveUp(context) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    driver.writabilityChanged(context.channel.isWritable, on: context.channel)
  }

  func channelInactive(context: ChannelHandlerContext) {
    // Another program's greeting may look like ours as far as it goes.
    if lines.unread.readableBytes > 0 { giveUp(context) }
    driver.disconnected(context.channel)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    driver.disconnected(context.channel)
    context.close(promise: nil)
  }

  private func giveUp(_ context: ChannelHandlerContext) {
    lines.unread.withUnsafeReadableBytes { driver.receivedGarbage($0, on: context.channel) }
  }
}
