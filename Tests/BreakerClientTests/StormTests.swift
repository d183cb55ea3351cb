import BreakerCore
import BreakerProtocol
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import BreakerClient

/// Many calls at once, and a loop that has much else to do.
@Suite struct StormTests {
  /// A loop that nobody else uses.
  private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  private func answering(_ late: [String: UInt32] = [:]) -> ScriptedServer {
    ScriptedServer { tag, line, _ in
      if let milliseconds = late[line] { return .late("+\(tag) ok", milliseconds: milliseconds) }
      return line.hasPrefix("report")
        ? .nothing : .reply("+\(tag) \(line.hasPrefix("allow") ? "allow closed 7" : "ok")")
    }
  }

  private func client(_ server: ScriptedServer, deadline: Duration, _ group: MultiThreadedEventLoopGroup? = nil)
    -> BreakerClient
  {
    var configuration = BreakerClient.Configuration(socketPath: server.path)
    configuration.deadline = deadline
    configuration.onUnavailable = .deny
    configuration.logger = nil
    return BreakerClient(configuration: configuration, eventLoopGroup: group)
  }

  /// The loop comes to the deadline before it looks at the socket.
  @Test func replyThatHasComeIsReadBeforeItsRequestExpires() async throws {
    let server = answering(["ping": 200])
    defer { server.stop() }
    let client = client(server, deadline: .seconds(30), Self.group)
    _ = try await client.request(.allow("api"))
    async let pong = client.request(RequestLine(.ping), deadline: .seconds(1))
    while !server.lines.contains("ping") { try await Task.sleep(for: .milliseconds(5)) }
    Self.group.next().execute { usleep(1_500_000) }
    #expect(try await pong == .line(Fields("ok")))
    await client.shutdown()
  }

  @Test(arguments: [500, 2_000]) func noneOfManyCallsGoesUnanswered(count: Int) async throws {
    let server = answering()
    defer { server.stop() }
    let client = client(server, deadline: .seconds(10))
    let api = try client.breaker("api")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count { group.addTask { try await api.run {} } }
      try await group.waitForAll()
    }
    #expect(await client.statistics.unavailable == 0)
    #expect(await client.statistics.requests == count)
    await client.shutdown()
  }

  @Test func silenceEndsAllOfManyCallsAtTheirDeadline() async throws {
    let server = ScriptedServer()
    defer { server.stop() }
    let client = client(server, deadline: .milliseconds(50))
    let api = try client.breaker("api")
    let longest = await withTaskGroup(of: Duration.self) { group in
      for _ in 0..<500 {
        group.addTask {
          let begin = ContinuousClock.now
          await #expect(throws: BreakerDenied.self) { try await api.permit() }
          return begin.duration(to: .now)
        }
      }
      return await group.reduce(.zero) { max($0, $1) }
    }
    #expect(longest < .seconds(10))
    #expect(await client.statistics.unavailable == 500)
  }
}
