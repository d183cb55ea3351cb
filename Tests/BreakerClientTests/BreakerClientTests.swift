import BreakerCore
import BreakerProtocol
import Synchronization
import Testing

@testable import BreakerClient

/// The client against real sockets that behave well or badly.
@Suite struct BreakerClientTests {
  /// More than any of this takes, also while other tests keep the machine busy.
  private static let soon = Duration.seconds(120)

  private struct Boom: Error {}

  private func client(
    _ server: ScriptedServer, _ onUnavailable: OnUnavailable = .deny, deadline: Duration = .milliseconds(50)
  ) -> BreakerClient {
    var configuration = BreakerClient.Configuration(socketPath: server.path)
    configuration.onUnavailable = onUnavailable
    configuration.deadline = deadline
    configuration.logger = nil
    return BreakerClient(configuration: configuration)
  }

  /// A server that answers `hello` and `allow`.
  private func wellBehaved(_ answer: String = "allow closed 7") -> ScriptedServer {
    ScriptedServer { tag, line, _ in
      if line.hasPrefix("hello") { return .reply("+\(tag) ok version=test") }
      return line.hasPrefix("allow") ? .reply("+\(tag) \(answer)") : .nothing
    }
  }

  /// Waits until the server has seen a line that begins so.
  private func line(_ start: String, at server: ScriptedServer) async throws -> String {
    for _ in 0..<500 {
      if let line = server.lines.first(where: { $0.hasPrefix(start) }) { return line }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("no line \(start) came, but \(server.lines)")
    return ""
  }

  // MARK: A daemon that answers

  @Test func runReportsOkWithItsDuration() async throws {
    let server = wellBehaved()
    defer { server.stop() }
    let client = client(server, deadline: Self.soon)
    let value = try await client.breaker("api").run { 42 }
    #expect(value == 42)
    let report = try await line("report", at: server)
    #expect(report.hasPrefix("report api ok 7 ms="))
    #expect(report.hasSuffix(" quiet"))
    #expect(server.lines.first == "hello 1 client=swift/\(BreakerClient.version) bound=yes")
    await client.shutdown()
  }

  @Test func runRethrowsAndReportsFail() async throws {
    let server = wellBehaved("allow half-open 7.3 lease_ms=1000")
    defer { server.stop() }
    let client = client(server, deadline: Self.soon)
    await #expect(throws: Boom.self) { try await client.breaker("api").run { throw Boom() } }
    let report = try await line("report", at: server)
    #expect(report.hasPrefix("report api fail 7.3 ms="))
    #expect(report.hasSuffix(" err=Boom quiet"))
  }

  @Test func cancellationAndExcludedErrorsGiveThePermitBack() async throws {
    let server = wellBehaved("allow half-open 7.3")
    defer { server.stop() }
    let api = try client(server, deadline: Self.soon).breaker("api")
    await #expect(throws: CancellationError.self) { try await api.run { throw CancellationError() } }
    #expect(try await line("report", at: server) == "report api ignore 7.3 quiet")
    await #expect(throws: Boom.self) { try await api.run(isFailure: { _ in false }) { throw Boom() } }
  }

  @Test func denialTellsReasonAndTime() async throws {
    let server = wellBehaved("deny open retry_ms=8120")
    defer { server.stop() }
    let api = try client(server, .allow, deadline: Self.soon).breaker("api")
    let denied = BreakerDenied(name: "api", reason: .open, retryAfter: .milliseconds(8_120))
    await #expect(throws: denied) { try await api.permit() }
    #expect(denied.description == "breaker api is open, retry in 8.2 s")
    #expect(denied.isByDaemon)
    let instead = try await api.run {
      1
    } fallback: { error in
      error is BreakerDenied ? 2 : 3
    }
    #expect(instead == 2)
  }

  @Test func permitIsSettledOnce() async throws {
    let server = wellBehaved("allow closed 7.9 lease_ms=1000")
    defer { server.stop() }
    let client = client(server, deadline: Self.soon)
    let permit = try await client.breaker("api").permit(lease: .seconds(3))
    permit.succeed()
    permit.fail(Boom())
    _ = try await line("report", at: server)
    await client.shutdown()
    #expect(server.lines.count { $0.hasPrefix("report") } == 1)
    #expect(server.lines.contains("allow api lease=3000ms"))
  }

  @Test func droppedPermitGoesBack() async throws {
    let server = wellBehaved("allow closed 7.9")
    defer { server.stop() }
    let client = client(server, deadline: Self.soon)
    _ = try await client.breaker("api").permit()
    #expect(try await line("report", at: server) == "report api ignore 7.9 quiet")
  }

  @Test func timeoutFailsTheCall() async throws {
    let server = wellBehaved()
    defer { server.stop() }
    let api = try client(server, deadline: Self.soon).breaker("api")
    await #expect(throws: BreakerTimeout.self) {
      try await api.run(timeout: .milliseconds(20)) { try await Task.sleep(for: .seconds(60)) }
    }
    #expect(try await line("report", at: server).hasSuffix("err=timeout quiet"))
    #expect(server.lines.contains("allow api lease=5020ms"))
  }

  @Test func manyCallsShareOneConnection() async throws {
    let server = wellBehaved()
    defer { server.stop() }
    let client = client(server, deadline: Self.soon)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 { group.addTask { _ = try await client.breaker("b\(number)").permit() } }
      try await group.waitForAll()
    }
    let statistics = await client.statistics
    #expect(statistics.connections == 1)
    #expect(statistics.requests == 200)
    #expect(statistics.unavailable == 0)
  }

  @Test func badNameIsNoHandle() {
    let client = BreakerClient()
    #expect(throws: BreakerNameError(name: "a b")) { try client.breaker("a b") }
  }

  // MARK: A daemon that does not

  /// What the calls after it are told depends on how busy the machine is; ``ConnectionMachineTests`` has that.
  @Test func silenceEndsAtTheDeadline() async throws {
    let server = ScriptedServer()
    defer { server.stop() }
    let client = client(server)
    let begin = ContinuousClock.now
    await #expect(throws: denied(.timedOut, server)) { try await client.breaker("api").permit() }
    #expect(begin.duration(to: .now) < Self.soon)
    #expect(await client.statistics.timeouts == 1)
  }

  @Test func onUnavailableAllows() async throws {
    let server = ScriptedServer()
    defer { server.stop() }
    #expect(try await client(server, .allow).breaker("api").run { 5 } == 5)
  }

  @Test func onUnavailableJudgesLocally() async throws {
    let server = ScriptedServer { _, _, _ in .close("") }
    server.stop()
    let client = client(server, .local(failures: 2, duration: .seconds(60)))
    let api = try client.breaker("api")
    for _ in 0..<2 { await #expect(throws: Boom.self) { try await api.run { throw Boom() } } }
    let refusal = await #expect(throws: BreakerDenied.self) { try await client.breaker("api").permit() }
    #expect(refusal?.isByDaemon == false)
    guard case .local = refusal?.reason else {
      Issue.record("not refused locally, but \(String(describing: refusal))")
      return
    }
    #expect((refusal?.retryAfter ?? .zero) > .seconds(50))
    _ = try await client.breaker("other").permit()
  }

  @Test func nobodyListens() async throws {
    let client = BreakerClient(configuration: quiet("/tmp/breaker-client-none.sock"))
    await #expect(
      throws: BreakerRequestError.unavailable(.init(.notRunning, socketPath: "/tmp/breaker-client-none.sock"))
    ) {
      try await client.request(.allow("api"))
    }
  }

  @Test(arguments: ["", String(repeating: "x", count: 108)])
  func pathThatIsNone(path: String) async throws {
    let client = BreakerClient(configuration: quiet(path))
    await #expect(throws: BreakerRequestError.unavailable(.init(.badPath, socketPath: path))) {
      try await client.request(.allow("api"))
    }
  }

  @Test func fullBacklogIsUnavailableAtOnce() async throws {
    let server = ScriptedServer(backlog: 0)
    let filling = server.fillBacklog()
    defer { server.release(filling) }
    let begin = ContinuousClock.now
    await #expect(throws: denied(.backlogFull, server)) {
      try await client(server, deadline: .seconds(60)).breaker("api").permit()
    }
    #expect(begin.duration(to: .now) < Self.soon)
    server.stop()
  }

  @Test(arguments: [
    ("", BreakerUnavailable.Reason.connectionLost),
    ("HTTP/1.1 400 Bad Request\r\n\r\n", .notBreakerd("HTTP/1.1 400 Bad Request\r")),
    ("220 mail", .notBreakerd("220 mail")),
    ("!BUSY too many\n", .closedByDaemon(code: "BUSY", text: "too many")),
    ("+@zz ok\n", .notBreakerd("+@zz ok")),
  ])
  func badEnds(text: String, reason: BreakerUnavailable.Reason) async throws {
    let server = ScriptedServer { _, _, _ in .close(text) }
    defer { server.stop() }
    await #expect(throws: denied(reason, server)) {
      try await client(server, deadline: Self.soon).breaker("api").permit()
    }
  }

  /// Its greeting may want a line end, and it need not close.
  @Test func foreignGreetingIsKnownByItsFirstByte() async throws {
    let server = ScriptedServer { _, line, _ in line.hasPrefix("hello") ? .bare("login: ") : .nothing }
    defer { server.stop() }
    await #expect(throws: denied(.notBreakerd("login: "), server)) {
      try await client(server, deadline: Self.soon).breaker("api").permit()
    }
  }

  @Test func whatIsNoSocketIsCalledSo() {
    #expect(throws: BreakerUnavailable(.noSocket, socketPath: "/tmp")) { try UnixSocket.connect(to: "/tmp") }
    #expect(throws: BreakerUnavailable(.notRunning, socketPath: "/tmp/breaker-client-none.sock")) {
      try UnixSocket.connect(to: "/tmp/breaker-client-none.sock")
    }
  }

  @Test func errorReplyToAllowIsNoDaemon() async throws {
    let server = ScriptedServer { tag, line, _ in
      .reply(line.hasPrefix("hello") ? "+\(tag) ok" : "-\(tag) FORBIDDEN no")
    }
    defer { server.stop() }
    await #expect(throws: denied(.refused(code: "FORBIDDEN", text: "no"), server)) {
      try await client(server, deadline: Self.soon).breaker("api").permit()
    }
  }

  @Test func latePermitIsGivenBack() async throws {
    let server = ScriptedServer { tag, line, _ in
      if line.hasPrefix("hello") { return .reply("+\(tag) ok") }
      return line.hasPrefix("allow") ? .late("+\(tag) allow half-open 7.3", milliseconds: 500) : .nothing
    }
    defer { server.stop() }
    let client = client(server, .allow)
    #expect(try await client.breaker("slow").run { 1 } == 1)
    #expect(try await line("report slow ignore", at: server) == "report slow ignore 7.3 quiet")
    #expect(await client.statistics.permitsReturned == 1)
  }

  @Test func reconnectsAfterShuttingDown() async throws {
    let server = ScriptedServer { tag, line, connection in
      if connection == 1 { return .close("!SHUTTING_DOWN bye\n") }
      return .reply(line.hasPrefix("hello") ? "+\(tag) ok" : "+\(tag) allow closed 1")
    }
    defer { server.stop() }
    let client = client(server, deadline: Self.soon)
    let api = try client.breaker("api")
    await #expect(throws: BreakerDenied.self) { try await api.permit() }
    for _ in 0..<200 {
      if (try? await api.permit()) != nil { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("never connected again")
  }

  @Test func afterShutdownCallsDoWithoutDaemon() async throws {
    let server = wellBehaved()
    defer { server.stop() }
    let client = client(server, .allow, deadline: Self.soon)
    let api = try client.breaker("api")
    _ = try await api.run { 1 }
    await client.shutdown()
    #expect(try await api.run { 2 } == 2)
    #expect(await client.statistics.unavailable == 1)
  }

  private func quiet(_ path: String) -> BreakerClient.Configuration {
    var configuration = BreakerClient.Configuration(socketPath: path)
    configuration.logger = nil
    return configuration
  }

  private func denied(_ reason: BreakerUnavailable.Reason, _ server: ScriptedServer) -> BreakerDenied {
    BreakerDenied(name: "api", reason: .unavailable(BreakerUnavailable(reason, socketPath: server.path)))
  }
}
