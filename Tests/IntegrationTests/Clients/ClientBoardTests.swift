import BreakerClient
import BreakerProtocol
import Foundation
import Glibc
import Testing

/// The Swift client and the daemon's board. Nothing here keeps a thread waiting for long: the clients need them.
@Suite struct ClientBoardTests {
  private struct Boom: Error {}

  private func client(_ daemon: DaemonProcess, deadline: Duration = .seconds(60)) -> BreakerClient {
    var configuration = BreakerClient.Configuration(socketPath: daemon.socket)
    configuration.deadline = deadline
    configuration.onUnavailable = .deny
    configuration.logger = nil
    return BreakerClient(configuration: configuration)
  }

  /// Looks again until it is so, or half a minute is over.
  private func comes(_ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < end {
      if try await condition() { return true }
      try await Task.sleep(for: .milliseconds(5))
    }
    return false
  }

  private func figures(_ daemon: DaemonProcess) throws -> [String: String] { try daemon.admin().table("show api") }

  @Test func aTripByOneRefusesTheOtherWithoutARequest() async throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=2", "--default", "open.duration=60s"])
    let (one, other) = (client(daemon), client(daemon))
    let api = try other.breaker("api")
    try await api.run {}
    for _ in 0..<2 { await #expect(throws: Boom.self) { try await one.breaker("api").run { throw Boom() } } }
    var denied: BreakerDenied?
    let isDenied = try await comes {
      do throws(BreakerDenied) {
        try await api.permit().ignore()
        return false
      } catch {
        denied = error
        return true
      }
    }
    #expect(isDenied && denied?.reason == .open && (denied?.retryAfter ?? .zero) > .seconds(20))
    #expect(await other.statistics.requests == 1)
    #expect(await one.statistics.requests == 1)
    await other.shutdown()
    #expect(try await comes { try figures(daemon)["denied"] != "0" || figures(daemon)["refused"] != "0" })
  }

  @Test func everySuccessArrivesThoughFewReportsAreSent() async throws {
    let daemon = try DaemonProcess()
    let client = client(daemon)
    let api = try client.breaker("api")
    let counts = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<3 {
        group.addTask {
          try await api.run {}
          var count = 1
          // From the first call on: what comes in the second after it is told at once.
          let end = ContinuousClock.now + .milliseconds(1_700)
          while ContinuousClock.now < end {
            for _ in 0..<20 { try await api.run {} }
            count += 20
            try await Task.sleep(for: .milliseconds(2))
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    let statistics = await client.statistics
    await client.shutdown()
    #expect(try await comes { try figures(daemon)["ok"] == "\(counts)" }, "\(counts)")
    #expect(statistics.reportsDropped == 0)
    #expect(statistics.reportsSent < counts, "\(statistics)")
  }

  @Test func aFailureIsNeverToldBeforeEarlierSuccesses() async throws {
    // A window of calls takes them as they arrive, whatever the time: two failures with less than five successes between them
    // would open this one.
    let daemon = try DaemonProcess(["--default", "trip.failures=2", "--default", "trip.window.calls=6"])
    let client = client(daemon)
    let api = try client.breaker("api")
    try await api.run {}
    try await Task.sleep(for: .milliseconds(1_100))
    for _ in 0..<30 {
      try await Task.sleep(for: .milliseconds(12))
      for _ in 0..<5 { try await api.run {} }
      await #expect(throws: Boom.self) { try await api.run { throw Boom() } }
    }
    #expect(try await comes { try self.figures(daemon)["failed"] == "30" })
    let figures = try figures(daemon)
    #expect(figures["ok"] == "151" && figures["opened"] == "0", "\(figures)")
    #expect(await client.statistics.reportsSent < 151)
  }

  @Test func aDaemonThatIsKilledAndComesBack() async throws {
    let first = try DaemonProcess()
    let client = client(first, deadline: .milliseconds(200))
    let api = try client.breaker("api")
    try await api.run {}
    first.kill()
    let begin = ContinuousClock.now
    #expect(try await comes { (try? await api.run {}) == nil })
    #expect(begin.duration(to: .now) < .seconds(10))
    let second = try DaemonProcess(in: first.scratch)
    #expect(try await comes { (try? await api.run {}) != nil })
    #expect(try await comes { await client.statistics.boards == 2 })
    let asked = await client.statistics.requests
    #expect(try await comes { (try? await api.run {}) != nil })
    #expect(try await comes { try await isByBoard(client, api) }, "\(asked)")
    _ = try second.admin().ask("force api open")
    await #expect(throws: BreakerDenied(name: "api", reason: .forcedOpen)) { try await api.permit() }
  }

  /// Whether a call asks nothing.
  private func isByBoard(_ client: BreakerClient, _ handle: BreakerHandle) async throws -> Bool {
    let before = await client.statistics.requests
    try await handle.run {}
    return await client.statistics.requests == before
  }

  @Test func aDaemonThatHangsAndGoesOn() async throws {
    let daemon = try DaemonProcess()
    let client = client(daemon, deadline: .milliseconds(100))
    let api = try client.breaker("api")
    try await api.run {}
    daemon.child.kill(SIGSTOP)
    let begin = ContinuousClock.now
    #expect(try await comes { (try? await api.run {}) == nil })
    #expect(begin.duration(to: .now) < .seconds(10))
    daemon.child.kill(SIGCONT)
    #expect(try await comes { (try? await isByBoard(client, api)) == true })
    #expect(await client.statistics.boards == 1)
  }

  @Test func aBoardThatIsGoneIsMissedByNobody() async throws {
    let daemon = try DaemonProcess()
    let early = client(daemon)
    try await early.breaker("api").run {}
    guard case .line(let hello) = try await early.request(RequestLine.hello()), let path = hello["board"] else {
      Issue.record("no board")
      return
    }
    #expect(unlink(path) == 0)
    let late = client(daemon)
    for _ in 0..<3 { try await late.breaker("api").run {} }
    #expect(await late.statistics.requests == 3)
    #expect(await late.boardFailure?.hasPrefix(path) == true)
    // Who has it mapped goes on with it.
    #expect(try await comes { (try? await isByBoard(early, early.breaker("api"))) == true })
  }
}

extension RequestLine {
  fileprivate static func hello() throws -> RequestLine {
    var line = RequestLine(.hello)
    try line.add("1")
    return line
  }
}
