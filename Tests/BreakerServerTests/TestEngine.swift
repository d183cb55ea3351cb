import BreakerConfiguration
import Logging
import NIOCore
import NIOPosix

@testable import BreakerServer

/// An engine without sockets, and with a store that is not opened yet.
struct TestEngine: Sendable {
  let eventLoop: any EventLoop
  let bound: NIOLoopBound<Engine>

  /// Makes one, with the database at `path` and a place for a board, and ends its loop after `body`.
  static func run(
    _ limits: EngineLimits = EngineLimits(), path: String = "/nowhere", board: String? = nil,
    _ body: @escaping @Sendable (TestEngine) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let turns = try TurnQueue.start(on: loop)
    let sink = LogSink(level: .critical, prefixesPriority: false)
    let bound = try await loop.submit {
      let facts = ServerFacts(
        version: "1", epoch: "0", socket: SocketPlace("/"), adminSocket: SocketPlace("/"), state: "", backups: "",
        uid: 0,
        start: .current)
      let engine = Engine(
        limits: limits, about: facts, ruleset: Ruleset(Configuration()),
        loader: RulesetLoader(ConfigurationSource(), eventLoop: loop),
        log: Logger(label: "test") { _ in LineLogHandler(sink) },
        sink: sink, eventLoop: loop, turns: turns.value, journal: Journal(path: path, lock: nil, eventLoop: loop),
        boardPlace: board.map { BoardPlace(path: $0, epoch: 7) })
      return NIOLoopBound(engine, eventLoop: loop)
    }.get()
    try await body(TestEngine(eventLoop: loop, bound: bound))
    try await group.shutdownGracefully()
  }

  /// Does `work` on the engine's loop.
  func on<Result: Sendable>(_ work: @escaping @Sendable (Engine) throws -> Result) async throws -> Result {
    try await eventLoop.submit { try work(bound.value) }.get()
  }
}
