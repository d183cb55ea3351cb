import NIOCore
import NIOHTTP1

/// Answers the one call of a connection, as the upstream's health has it.
final class UpstreamHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// A call that is being served.
  private struct Open {
    let worker: Int
    let health: Health
    let asked: MonotonicTime
    let began: MonotonicTime
  }

  private let service: UpstreamService
  private var open: Open?

  init(_ service: UpstreamService) { self.service = service }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head, context)
    case .body, .end: break
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(.abandoned)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let health = service.health
    guard open == nil, let worker = head.headers.first(name: HTTPGet.workerHeader).flatMap({ Int($0) }),
      let asked = head.headers.first(name: HTTPGet.askedHeader).flatMap(MonotonicTime.init)
    else {
      context.close(promise: nil)
      return
    }
    open = Open(worker: worker, health: health, asked: asked, began: .now)
    let time = health == .hanging ? Scenario.hangTime : Scenario.serviceTime
    context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
      guard context.channel.isActive else { return }
      self.answer(health == .healthy ? .ok : .serviceUnavailable, context)
    }
  }

  private func answer(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
    // Before the answer leaves: what it causes comes later.
    end(status == .ok ? .ok : .failed)
    let headers: HTTPHeaders = ["content-length": "0", "connection": "close"]
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }

  private func end(_ ending: ServedCall.Ending) {
    guard let open else { return }
    self.open = nil
    service.record(
      ServedCall(
        worker: open.worker, health: open.health, asked: open.asked, began: open.began, ended: .now, ending: ending))
  }
}
