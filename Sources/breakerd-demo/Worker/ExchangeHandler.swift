import NIOCore
import NIOHTTP1

/// Sends one request and waits for its answer.
final class ExchangeHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let head: HTTPRequestHead
  private var promise: EventLoopPromise<HTTPResponseStatus>?
  private var status: HTTPResponseStatus?

  /// - Parameter promise: Kept in any case, when the handler is removed at the latest.
  init(_ head: HTTPRequestHead, _ promise: EventLoopPromise<HTTPResponseStatus>) {
    self.head = head
    self.promise = promise
  }

  func channelActive(context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): status = head.status
    case .body: break
    case .end:
      if let status { finish(.success(status)) }
      context.close(promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish(.failure(error))
    context.close(promise: nil)
  }

  func handlerRemoved(context: ChannelHandlerContext) { finish(.failure(ChannelError.eof)) }

  private func finish(_ result: Result<HTTPResponseStatus, any Error>) {
    promise?.completeWith(result)
    promise = nil
  }
}
