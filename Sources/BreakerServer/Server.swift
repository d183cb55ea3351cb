public import BreakerConfiguration
internal import Glibc
public import Logging
internal import NIOCore
internal import NIOPosix
internal import BreakerStore

/// Where a daemon's files lie, and how it behaves.
public struct ServerConfiguration: Sendable {
  /// The socket for everybody.
  public var socket: String
  /// The socket for admins.
  public var adminSocket: String
  /// The database; its lock lies beside it.
  public var state: String
  /// Where decisions are published; nil: `pub/board` beside the socket.
  public var board: String?
  /// What breakers follow, and who is an admin; read again by a reload.
  public var source: ConfigurationSource
  /// The bounds, apart from those that the configuration gives.
  public var limits = EngineLimits()
  /// The program's version.
  public var version: String
  /// Whether the socket for everybody lies where all users of the host look for it. Its directory, if it has to be made,
  /// is then open to all, and the socket's own mode says who may connect.
  public var isSystemwide = false
  /// A directory that must be this user's alone; nil: the admin has chosen the paths.
  public var privateDirectory: String?

  /// The configuration made of these.
  public init(
    socket: String, adminSocket: String, state: String, source: ConfigurationSource, version: String,
    privateDirectory: String? = nil
  ) {
    self.socket = socket
    self.adminSocket = adminSocket
    self.state = state
    self.source = source
    self.version = version
    self.privateDirectory = privateDirectory
  }
}

/// The daemon: one event loop, two sockets, one engine.
public struct Server: Sendable {
  private let configuration: ServerConfiguration
  private let log: Logger
  private let sink: LogSink

  /// A server that has not started.
  public init(_ configuration: ServerConfiguration, log: Logger, sink: LogSink) {
    self.configuration = configuration
    self.log = log
    self.sink = sink
  }

  /// Serves until `stop` returns, then lets every session send the replies that are due, for at most a second.
  ///
  /// - Parameter reloads: Whenever something comes, the configuration is read again.
  /// - Throws: ``StartError`` when it cannot start.
  public func run(reloadingOn reloads: AsyncStream<Void>, until stop: () async throws -> Void) async throws {
    let ruleset = try firstRuleset()
    try Directory.prepare(for: configuration.socket, mode: configuration.isSystemwide ? 0o755 : 0o700)
    try Directory.prepare(for: configuration.adminSocket)
    try Directory.prepare(for: configuration.state)
    if let directory = configuration.privateDirectory { try Directory.checkPrivate(directory) }
    ProcessFacts.ignoreFileSizeSignal()
    let lock = try stateLock()
    let socket = try SocketFile(path: configuration.socket, mode: 0o660)
    let admin = try SocketFile(path: configuration.adminSocket, mode: 0o600)

    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let journal = Journal(path: configuration.state, lock: lock, eventLoop: group.next())
    let engine = try await makeEngine(on: group.next(), journal, ruleset)
    try await openStore(engine, on: group.next())
    try await group.next().submit { engine.value.placeBoard() }.get()
    let listeners = [
      try await Listener.start(socket.descriptor, .everybody, engine: engine, on: group),
      try await Listener.start(admin.descriptor, .admin, engine: engine, on: group),
    ]
    log.notice(
      "ready",
      metadata: [
        "version": "\(configuration.version)", "socket": "\(configuration.socket)",
        "admin_socket": "\(configuration.adminSocket)", "state": "\(configuration.state)",
      ])

    let reloader = Task { [eventLoop = group.next()] in
      for await _ in reloads { eventLoop.execute { engine.value.reload(because: "SIGHUP") } }
    }
    try? await stop()

    reloader.cancel()
    log.notice("stopping")
    _ = consume socket
    _ = consume admin
    for listener in listeners { try? await listener.close() }
    try await group.next().submit { engine.value.endSessions() }.get()
    let end = ContinuousClock.now + .seconds(1)
    await wait(until: end) { (try? await group.next().submit { engine.value.sessions.count }.get()) ?? 0 == 0 }
    try await group.next().submit { engine.value.saveAll() }.get()
    await wait(until: end + .seconds(4)) { (try? await group.next().submit { engine.value.isSaved }.get()) ?? true }
    journal.close()
    await wait(until: end + .seconds(4)) { journal.isClosed }
    let lost = (try? await group.next().submit { engine.value.durability.waiting }.get()) ?? 0
    if lost > 0 { log.error("not all could be saved", metadata: ["changes_lost": "\(lost)"]) }
    log.notice("stopped")
    await wait(until: .now + .seconds(1)) { sink.isDrained }
  }

  /// Opens the store, and waits until what it holds is here: 2 seconds at most, then the daemon serves without.
  private func openStore(_ engine: NIOLoopBound<Engine>, on eventLoop: any EventLoop) async throws {
    let patience = eventLoop.makePromise(of: Void.self)
    eventLoop.scheduleTask(in: .seconds(2)) { patience.succeed() }
    try await eventLoop.submit { engine.value.openStore { patience.succeed() } }.get()
    try await patience.futureResult.get()
  }

  private func firstRuleset() throws(StartError) -> Ruleset {
    do {
      let ruleset = Ruleset(try configuration.source.load())
      for warning in ruleset.warnings { log.warning("configuration", metadata: ["warning": "\(warning)"]) }
      return ruleset
    } catch {
      throw StartError("the configuration is wrong:\n\(error)", exitCode: .configuration)
    }
  }

  private func makeEngine(
    on eventLoop: any EventLoop, _ journal: Journal, _ ruleset: Ruleset
  ) async throws -> NIOLoopBound<Engine> {
    var limits = configuration.limits
    // What the rest of the process needs, beside connections.
    let reserve = limits.adminConnections + 48
    limits.descriptors = max(ProcessFacts.raiseOpenFileLimit() - reserve, 1)
    let epoch = UInt64.random(in: 1 ... .max)
    let boardPath = configuration.board ?? Directory.of(configuration.socket) + "/pub/board"
    let facts = ServerFacts(
      version: configuration.version, epoch: Self.hexadecimal(epoch), socket: configuration.socket,
      adminSocket: configuration.adminSocket, backups: Directory.of(configuration.state) + "/backups",
      uid: ProcessFacts.uid,
      startedAt: Int64(NIODeadline.now().uptimeNanoseconds / 1_000))
    let loader = RulesetLoader(configuration.source, eventLoop: eventLoop)
    let (log, sink, bounds) = (self.log, self.sink, limits)
    let turns = try await TurnQueue.start(on: eventLoop)
    return try await eventLoop.submit {
      let engine = Engine(
        limits: bounds, about: facts, ruleset: ruleset, loader: loader, log: log, sink: sink, eventLoop: eventLoop,
        turns: turns.value, journal: journal, boardPlace: BoardPlace(path: boardPath, epoch: epoch))
      engine.makeBoard()
      return NIOLoopBound(engine, eventLoop: eventLoop)
    }.get()
  }

  /// The lock of the store; nil if it cannot be made: the daemon serves without a store then, until it can.
  private func stateLock() throws(StartError) -> FileLock? {
    do {
      return try FileLock(path: Journal.lockPath(configuration.state))
    } catch {
      guard !error.isHeld else { throw StartError(error.description, exitCode: .alreadyRunning) }
      return nil
    }
  }

  /// Looks until something is done, or it is time to go all the same.
  private func wait(until end: ContinuousClock.Instant, _ isDone: () async -> Bool) async {
    while await !isDone(), ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(10)) }
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
