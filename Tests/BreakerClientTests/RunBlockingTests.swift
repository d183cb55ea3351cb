import Glibc
import BreakerProtocol
import NIOCore
import NIOPosix
import Testing

@testable import BreakerClient

/// Calls of programs without concurrency. Each runs on a thread of its own: they block.
@Suite struct RunBlockingTests {
  private func client(
    _ server: ScriptedServer, deadline: Duration = .seconds(60), _ group: MultiThreadedEventLoopGroup? = nil
  ) -> BreakerClient {
    var configuration = BreakerClient.Configuration(socketPath: server.path)
    configuration.onUnavailable = .deny
    configuration.deadline = deadline
    configuration.logger = nil
    return BreakerClient(configuration: configuration, eventLoopGroup: group)
  }

  private func answering(_ answer: String, after milliseconds: UInt32 = 0) -> ScriptedServer {
    ScriptedServer { tag, line, _ in
      if line.hasPrefix("hello") { return .reply("+\(tag) ok") }
      return line.hasPrefix("allow") ? .late("+\(tag) \(answer)", milliseconds: milliseconds) : .nothing
    }
  }

  @Test func waitsForTheAnswer() throws {
    let server = answering("allow closed 7")
    defer { server.stop() }
    let api = try client(server).breaker("api")
    #expect(try api.runBlocking { 42 } == 42)
    #expect(server.lines.contains("allow api"))
  }

  @Test func refusalAndFallback() throws {
    let server = answering("deny open retry_ms=100")
    defer { server.stop() }
    let api = try client(server).breaker("api")
    let denied = BreakerDenied(name: "api", reason: .open, retryAfter: .milliseconds(100))
    #expect(throws: denied) { try api.permitBlocking(lease: .seconds(3)) }
    #expect(server.lines.contains("allow api lease=3000ms"))
    let instead = try api.runBlocking {
      1
    } fallback: { error in
      error as? BreakerDenied == denied ? 2 : 3
    }
    #expect(instead == 2)
  }

  @Test func silenceEndsAtTheDeadline() throws {
    let server = ScriptedServer()
    defer { server.stop() }
    let api = try client(server, deadline: .milliseconds(50)).breaker("api")
    let begin = ContinuousClock.now
    let reason = BreakerDenied.Reason.unavailable(BreakerUnavailable(.timedOut, socketPath: server.path))
    #expect(throws: BreakerDenied(name: "api", reason: reason)) { try api.permitBlocking() }
    #expect(begin.duration(to: .now) >= .milliseconds(50))
  }

  /// The loop comes to the answer only when the caller has gone.
  @Test func aPermitThatNobodyWaitsForAnyMoreGoesBack() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let server = answering("allow half-open 7.3")
    let client = client(server, deadline: .milliseconds(200), group)
    _ = try await client.request(.allow("other"))
    client.loop.execute { usleep(600_000) }
    #expect(throws: BreakerDenied.self) { try client.breaker("api").permitBlocking() }
    for _ in 0..<500 where !server.lines.contains("report api ignore 7.3 quiet") {
      try await Task.sleep(for: .milliseconds(10))
    }
    // A request that comes after its deadline is not made, or its permit is given back.
    #expect(server.lines.contains("report api ignore 7.3 quiet") || !server.lines.contains("allow api"))
    await client.shutdown()
    server.stop()
    try await group.shutdownGracefully()
  }

  @Test func onTheEventLoopItIsUnavailable() async throws {
    let server = answering("allow closed 7")
    defer { server.stop() }
    let client = client(server)
    let api = try client.breaker("api")
    let reason: BreakerDenied.Reason? = try await client.loop.submit {
      do throws(BreakerDenied) {
        _ = try api.permitBlocking()
        return nil
      } catch { return error.reason }
    }.get()
    #expect(reason == .unavailable(BreakerUnavailable(.onEventLoop, socketPath: server.path)))
  }
}
