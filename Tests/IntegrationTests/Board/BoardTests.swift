import BreakerBoard
import Glibc
import Testing

/// What a daemon publishes, read as other processes do.
struct BoardTests {
  @Test func decisionsArePublishedBeforeTheirReply() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1"])
    let client = try daemon.client()
    let admin = try daemon.admin()
    let board = try reader(of: daemon)
    #expect(board.find("api") == nil)

    let token = try generation(client.ask("allow api"))
    let slot = try #require(board.find("api"))
    #expect(slot.decide(at: BoardClock.coarse) == .allow(.closed, generation: token))

    #expect(try client.ask("report api fail").hasPrefix("+ok open retry_ms="))
    guard case .deny(.open, let retryTime?) = slot.decide(at: BoardClock.coarse) else {
      Issue.record("\(slot.word)")
      return
    }
    let now = BoardClock.coarse
    #expect(4_000_000_000..<6_000_000_000 ~= retryTime - now)
    #expect(slot.word.generation != token)

    let acts: [(String, BoardDecision)] = [
      ("force api open for=1h", .deny(.forcedOpen, retryTime: nil)),
      ("force api closed", .allow(.forcedClosed, generation: 0)),
      ("force api observe", .allow(.observe, generation: 0)),
      ("reset api", .allow(.closed, generation: 0)), ("forget api", .ask),
    ]
    for (act, decision) in acts {
      #expect(try admin.ask(act) == "+ok 1")
      #expect(slot.decide(at: BoardClock.coarse).kind == decision.kind, "\(act)")
    }
  }

  @Test func halfOpenAsksWhileAPermitIsFree() throws {
    let daemon = try DaemonProcess(["--default", "half_open.probes=1"])
    let client = try daemon.client()
    let admin = try daemon.admin()
    _ = try admin.ask("force api open")
    let slot = try #require(try reader(of: daemon).find("api"))
    _ = try admin.ask("release api")
    #expect(slot.decide(at: BoardClock.coarse) == .ask)
    let token = try #require(word(2, of: try client.ask("allow api")))
    guard case .deny(.halfOpen, .some) = slot.decide(at: BoardClock.coarse) else {
      Issue.record("\(slot.word)")
      return
    }
    _ = try client.ask("report api ignore \(token)")
    #expect(slot.decide(at: BoardClock.coarse) == .ask)
  }

  @Test(arguments: ["concurrency.limit=3", "overdue=5s"])
  func callsThatMustBeKnownAreAskedFor(setting: String) throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    _ = try admin.ask("allow api")
    let slot = try #require(try reader(of: daemon).find("api"))
    #expect(slot.decide(at: BoardClock.coarse).kind == .allow)
    #expect(try admin.ask("set api \(setting)") == "+ok 1")
    #expect(slot.decide(at: BoardClock.coarse) == .ask)
    #expect(try admin.ask("unset api \(setting.prefix { $0 != "=" })") == "+ok 1")
    #expect(slot.decide(at: BoardClock.coarse).kind == .allow)
  }

  @Test func aRampIsAskedForUntilItEnds() throws {
    let daemon = try DaemonProcess(["--default", "ramp.start=50%", "--default", "ramp.duration=200ms"])
    let client = try daemon.client()
    let admin = try daemon.admin()
    _ = try admin.ask("force api open")
    _ = try admin.ask("release api")
    let slot = try #require(try reader(of: daemon).find("api"))
    let token = try #require(word(2, of: try client.ask("allow api")))
    #expect(try client.ask("report api ok \(token)").hasPrefix("+ok closed"))
    #expect(slot.word.asks && slot.word.state == .closed)
    // Nobody asks, and still it is told that all calls pass.
    #expect(eventually { !slot.word.asks })
  }

  @Test func slowCallsAreTold() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    _ = try admin.ask("allow api")
    let slot = try #require(try reader(of: daemon).find("api"))
    #expect(slot.slowCall == 0)
    #expect(try admin.ask("set api trip.slow_rate=50% trip.slow_call=1500us") != "+ok 1")
    #expect(try admin.ask("set api trip.slow_rate=50% trip.slow_call=1500ms") == "+ok 1")
    #expect(slot.slowCall == 1_500)
    #expect(try admin.ask("set api shadow.trip.slow_rate=50% shadow.trip.slow_call=200ms") == "+ok 1")
    #expect(slot.slowCall == 200)
  }

  @Test func theHeartbeatGoesOnWhileAnybodyIsConnected() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    _ = try client.ask("allow api")
    let board = try reader(of: daemon)
    let slot = try #require(board.find("api"))
    let first = board.heartbeat
    #expect(eventually { board.heartbeat > first + 400_000_000 })
    #expect(slot.decide(at: board.heartbeat + 2_100_000_000) == .gone(.stale))
  }

  @Test func manyNamesMakeItLarger() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    let board = try reader(of: daemon)
    #expect(board.slots == 1_024)
    let names = (0..<5_000).map { "service-\($0)" }
    try client.send(names.map { "report \($0) ok quiet\n" }.joined() + "ping\n")
    #expect(try client.line() == "+ok pong")
    var larger = try reader(of: daemon)
    let isComplete = eventually {
      guard let now = try? reader(of: daemon) else { return false }
      larger = now
      return larger.slots >= 8_192 && names.allSatisfy { larger.find($0)?.decide(at: BoardClock.coarse).kind == .allow }
    }
    #expect(isComplete, "\(larger.slots) slots, \(larger.overflow) without one")
    #expect(board.status == .replaced)
    #expect(try client.table("stats")["board_names"] == "5000")
  }

  @Test func aRestartLeavesNobodyWithTheOldOne() throws {
    let first = try DaemonProcess(["--default", "open.duration=1h", "--default", "open.max_duration=1h"])
    _ = try first.client().ask("allow web")
    for _ in 0..<5 { _ = try first.client().ask("report api fail") }
    let old = try reader(of: first)
    let slot = try #require(old.find("api"))
    first.kill()
    #expect(old.status == .alive)

    let second = try DaemonProcess(in: first.scratch)
    #expect(slot.decide(at: BoardClock.coarse) == .gone(.replaced))
    let new = try reader(of: second)
    #expect(new.epoch != old.epoch)
    #expect(fields(try second.client().ask("hello 1"))["epoch"].flatMap { UInt64($0, radix: 16) } == new.epoch)
    #expect(try #require(new.find("api")).decide(at: BoardClock.coarse).kind == .deny)

    #expect(second.stop() == .exit(0))
    #expect(new.status == .stopping)
  }

  @Test func twoDaemonsDoNotShareABoard() throws {
    let first = try DaemonProcess()
    let board = try reader(of: first)
    let second = try DaemonProcess(["--board", first.scratch.file("pub/board")])
    #expect(fields(try second.client().ask("hello 1"))["board"] == "")
    #expect(second.health.hasPrefix("+ok degraded reason=no_board "))
    #expect(second.errors.contains("another breakerd runs here, process \(first.pid)"))
    #expect(try second.client().ask("allow api").hasPrefix("+allow closed"))
    #expect(board.status == .alive && first.health.hasPrefix("+ok healthy"))
    // When it is free, whoever connects next finds the other's there, with all its names.
    #expect(first.stop() == .exit(0))
    #expect(eventually(within: .seconds(20)) { second.health.hasPrefix("+ok healthy") }, "\(second.health)")
    let next = try reader(of: second)
    #expect(eventually { next.find("api")?.decide(at: BoardClock.coarse).kind == .allow })
  }

  @Test func oneThatIsRemovedIsMadeAnew() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    #expect(try client.ask("allow api").hasPrefix("+allow closed "))
    let path = try #require(fields(try client.ask("hello 1"))["board"])
    let old = try reader(of: daemon)
    #expect(unlink(path) == 0)
    #expect(eventually(within: .seconds(20)) { (try? BoardReader(path: path, owner: geteuid())) != nil })
    #expect(old.status == .stopping)
    let new = try reader(of: daemon)
    #expect(eventually { new.find("api")?.decide(at: BoardClock.coarse).kind == .allow })
    #expect(daemon.errors.contains("the board is no longer where it was"))
    #expect(daemon.health.hasPrefix("+ok healthy"))
  }

  @Test func whatIsNoBoardIsLeftAlone() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write("notes", "not a board, but somebody's notes")
    let daemon = try DaemonProcess(["--board", path], in: scratch)
    #expect(daemon.health.hasPrefix("+ok degraded reason=no_board "))
    #expect(FileFacts.text(path) == "not a board, but somebody's notes")
  }

  private func reader(of daemon: DaemonProcess) throws -> BoardReader {
    let path = try #require(fields(try daemon.client().ask("hello 1"))["board"])
    return try BoardReader(path: path, owner: geteuid())
  }

  private func generation(_ reply: String) throws -> UInt32 {
    try #require(word(2, of: reply).flatMap { UInt32($0) }, "\(reply)")
  }

  /// A word of a reply, from 0 on.
  private func word(_ number: Int, of reply: String) -> String? {
    let words = reply.split(separator: " ")
    return words.indices.contains(number) ? String(words[number]) : nil
  }
}

extension BoardDecision {
  /// What it comes to.
  fileprivate enum Kind { case allow, deny, ask, gone }

  fileprivate var kind: Kind {
    switch self {
    case .allow: .allow
    case .deny: .deny
    case .ask: .ask
    case .gone: .gone
    }
  }
}
