import BreakerProtocol
import Testing

@testable import BreakerClient

/// Watching over real sockets. Here a request has no tag: the script gets its verb in place of one.
@Suite struct BreakerWatchTests {
  private static let soon = Duration.seconds(30)

  private func client(_ server: ScriptedServer, deadline: Duration = soon) -> BreakerClient {
    var configuration = BreakerClient.Configuration(socketPath: server.path)
    configuration.deadline = deadline
    configuration.logger = nil
    return BreakerClient(configuration: configuration)
  }

  /// A server that answers `watch` so, and any tagged request by `ok`.
  private func server(_ answer: ScriptedServer.Reaction) -> ScriptedServer {
    ScriptedServer { verb, _, _ in
      switch verb {
      case "hello": .reply("+ok version=test")
      case "watch": answer
      default: .reply("+\(verb) ok")
      }
    }
  }

  private func transition(_ number: Int) -> String {
    "> transition name=b\(number) from=closed to=open seq=\(number)\n"
  }

  @Test func statesThenTransitionsThenWhyItEnded() async throws {
    let server = server(.close("*1\n name=a state=open\n" + transition(1) + transition(2) + "!SHUTTING_DOWN bye\n"))
    defer { server.stop() }
    let watch = try await client(server).watch("b*")
    #expect(watch.firstPage == [Fields("name=a state=open")] && watch.cursor == nil)
    #expect(server.lines.last == "b*")
    var seen: [Int64] = []
    do throws(BreakerRequestError) {
      for try await event in watch {
        if case .transition(let transition) = event { seen.append(transition.sequence) }
      }
      Issue.record("it ended without saying why")
    } catch {
      let goodbye = BreakerUnavailable.Reason.closedByDaemon(code: "SHUTTING_DOWN", text: "bye")
      #expect(error == .unavailable(BreakerUnavailable(goodbye, socketPath: server.path)))
    }
    #expect(seen == [1, 2])
  }

  @Test func aLostConnectionThrows() async throws {
    let server = server(.close("*0\n"))
    defer { server.stop() }
    var events = try await client(server).watch().makeAsyncIterator()
    await #expect(throws: BreakerRequestError.self) { try await events.next() }
  }

  @Test func whoTakesNothingIsSentNothing() async throws {
    let count = 100_000
    let server = server(.reply("*0\n" + (1...count).map(transition).joined()))
    defer { server.stop() }
    let client = client(server)
    let watch = try await client.watch()
    // The server has but one thread, and that cannot go on before its lines are taken.
    await #expect(throws: BreakerRequestError.self) {
      try await client.request(RequestLine(.ping), deadline: .milliseconds(300))
    }
    var next: Int64 = 1
    for try await event in watch {
      guard case .transition(let transition) = event, transition.sequence == next else {
        Issue.record("\(event) instead of \(next)")
        return
      }
      next += 1
      if next > count { break }
    }
    #expect(next == count + 1)
  }

  @Test func whoLeavesTheLoopClosesTheConnection() async throws {
    let server = ScriptedServer { verb, _, _ in
      verb == "watch" ? .reply("*0\n> lag skipped=1") : .reply("+ok")
    }
    defer { server.stop() }
    for _ in 0..<50 {
      for try await event in try await client(server).watch() {
        #expect(event == .lag(skipped: 1, mustList: false))
        break
      }
    }
    for _ in 0..<500 where server.openConnections > 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(server.openConnections == 0)
  }

  @Test func aCancelledTaskEndsTheLoop() async throws {
    let server = server(.reply("*0"))
    defer { server.stop() }
    let watch = try await client(server).watch()
    let task = Task { for try await _ in watch {} }
    task.cancel()
    try await task.value
  }

  @Test func whatKeepsItFromBeginningIsThrown() async throws {
    let silent = server(.nothing)
    defer { silent.stop() }
    await #expect(throws: Self.unavailable(.timedOut, silent)) {
      try await client(silent, deadline: .milliseconds(100)).watch()
    }
    let strict = server(.reply("-BAD_NAME not a glob"))
    defer { strict.stop() }
    await #expect(throws: BreakerRequestError.refused(code: "BAD_NAME", text: "not a glob")) {
      try await client(strict).watch("%")
    }
    await #expect(throws: BreakerRequestError.self) { try await client(strict).watch("a b") }
    let gone = server(.nothing)
    gone.stop()
    await #expect(throws: Self.unavailable(.notRunning, gone)) { try await client(gone).watch() }
  }

  private static func unavailable(
    _ reason: BreakerUnavailable.Reason, _ server: ScriptedServer
  ) -> BreakerRequestError { .unavailable(BreakerUnavailable(reason, socketPath: server.path)) }
}
