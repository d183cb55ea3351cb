import BreakerClient
import BreakerProtocol
import Testing

/// The Swift client under a limit of calls at once. Nothing here keeps a thread waiting: the client needs them.
@Suite struct ClientSlotTests {
  private struct Broken: Error {}

  private let daemon: DaemonProcess
  private let client: BreakerClient
  private let api: BreakerHandle

  init() throws {
    daemon = try DaemonProcess(["--default", "concurrency.limit=1", "--default", "concurrency.lease=10m"])
    var configuration = BreakerClient.Configuration(socketPath: daemon.socket)
    configuration.deadline = .seconds(60)
    configuration.onUnavailable = .deny
    client = BreakerClient(configuration: configuration)
    api = try client.breaker("api")
  }

  private func figures() async throws -> [String: String] {
    var line = RequestLine(.show)
    try line.add("api")
    guard case .list(let rows, _) = try await client.request(line) else { return [:] }
    return rows.reduce(into: [:]) { figures, row in for pair in row.pairs { figures[pair.key] = pair.value } }
  }

  /// Waits until so many calls are out.
  private func hasCallsOut(_ count: Int) async throws -> Bool {
    for _ in 0..<20_000 {
      if try await figures()["calls_out"] == "\(count)" { return true }
      try await Task.sleep(for: .milliseconds(3))
    }
    return false
  }

  @Test func aSuccessGivesTheSlotBack() async throws {
    for _ in 0..<3 {
      #expect(try await api.run { try await figures()["calls_out"] } == "1")
      #expect(try await hasCallsOut(0))
    }
    #expect(try await figures()["ok"] == "3")
  }

  @Test func aThrowGivesTheSlotBack() async throws {
    await #expect(throws: Broken.self) { try await api.run { throw Broken() } }
    #expect(try await hasCallsOut(0))
    await #expect(throws: Broken.self) { try await api.run(isFailure: { _ in false }) { throw Broken() } }
    #expect(try await hasCallsOut(0))
    let figures = try await figures()
    #expect(figures["failed"] == "1" && figures["ignored"] == "1", "\(figures)")
  }

  @Test func whoIsRefusedTakesNone() async throws {
    try await api.run {
      let denied = await #expect(throws: BreakerDenied.self) { try await api.run {} }
      #expect(denied?.reason == .saturated)
    }
    #expect(try await hasCallsOut(0))
  }

  @Test func aCancellationGivesTheSlotBack() async throws {
    let api = api
    // So that there is a breaker to look at.
    try await api.run {}
    #expect(try await hasCallsOut(0))
    let call = Task { try await api.run { try await Task.sleep(for: .seconds(600)) } }
    #expect(try await hasCallsOut(1))
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    #expect(try await hasCallsOut(0))
    #expect(try await figures()["failed"] == "0")
  }

  @Test func aTimeoutGivesTheSlotBack() async throws {
    await #expect(throws: BreakerTimeout.self) {
      try await api.run(timeout: .milliseconds(20)) { try await Task.sleep(for: .seconds(600)) }
    }
    #expect(try await hasCallsOut(0))
    // Where this process gets no processor for 5 seconds, the lease that it asked for is over before it tells.
    let figures = try await figures()
    #expect(figures["failed"] == "1" || figures["stale"] == "1", "\(figures)")
  }

  @Test func aPermitThatNobodySettlesGoesBack() async throws {
    do {
      let permit = try await api.permit()
      #expect(try await figures()["calls_out"] == "1")
      _ = permit
    }
    #expect(try await hasCallsOut(0))
  }
}
