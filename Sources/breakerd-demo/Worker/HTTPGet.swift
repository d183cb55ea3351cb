import NIOCore
import NIOHTTP1
import NIOPosix

/// Makes calls to the upstream: a connection and a GET each.
struct HTTPGet: Sendable {
  /// The header that says which worker calls.
  static let workerHeader = "x-worker"
  /// The header that says when it asked the breaker.
  static let askedHeader = "x-asked"

  /// A call under way.
  private struct Exchange {
    let channel: any Channel
    let status: EventLoopFuture<HTTPResponseStatus>
  }

  let eventLoop: any EventLoop
  let port: Int
  let worker: Int

  /// Makes a call. Gives it up at once when its task is cancelled.
  ///
  /// - Parameter asked: When the breaker was asked for it.
  /// - Throws: ``UpstreamFailure`` if the answer is not 200; or what the network says.
  func callAsFunction(asked: MonotonicTime) async throws {
    let exchange = try await connect(asked)
    defer { exchange.channel.close(promise: nil) }
    let status = try await withTaskCancellationHandler {
      try await exchange.status.get()
    } onCancel: {
      exchange.channel.close(promise: nil)
    }
    guard status == .ok else { throw UpstreamFailure(status: status.code) }
  }

  private func connect(_ asked: MonotonicTime) async throws -> Exchange {
    let headers: HTTPHeaders = [
      "host": "127.0.0.1:\(port)", "connection": "close", Self.workerHeader: "\(worker)", Self.askedHeader: "\(asked)",
    ]
    let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: headers)
    return try await ClientBootstrap(group: eventLoop).connect(host: "127.0.0.1", port: port) { channel in
      channel.eventLoop.makeCompletedFuture {
        let status = channel.eventLoop.makePromise(of: HTTPResponseStatus.self)
        let pipeline = channel.pipeline.syncOperations
        let handler = ExchangeHandler(head, status)
        do {
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(handler)
        } catch {
          status.fail(error)
          throw error
        }
        return Exchange(channel: channel, status: status.futureResult)
      }
    }
  }
}
