import ArgumentParser
import NIOCore
import NIOHTTP1
import NIOPosix

/// `breakerd-demo upstream`: an HTTP server that is as well or ill as it is told.
///
/// Says `port=N` when it listens. Each line of standard input is a ``Health``, answered by `since=TIME` when it is so;
/// at the end of the input it says every call that it has had, a ``ServedCall`` a line, and ends.
struct ServeUpstream: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "upstream", shouldDisplay: false)

  func run() async throws {
    let service = UpstreamService()
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
      .serverChannelOption(.backlog, value: 1_024)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
          try pipeline.addHandler(UpstreamHandler(service))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    Output.line("port=\(server.localAddress?.port ?? 0)")
    for await line in Lines.fromStandardInput {
      guard let health = Health(rawValue: line) else { continue }
      service.health = health
      Output.line("since=\(MonotonicTime.now)")
    }
    for call in service.calls { Output.line(call.line) }
  }
}
