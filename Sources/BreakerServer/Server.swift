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

  /// Serves until a signal asks it to stop, then lets every session send the replies that are due, for at most a second.
  ///
  /// It blocks its thread, and starts no task: the runtime that tasks run on would wake an idle process again and again.
  ///
  /// - Throws: ``StartError`` when it cannot start.
  public func run(obeying signals: ServiceSignals) throws {
    let manager = ServiceManager()
    let ruleset = try firstRuleset()
    let passed = try PassedSockets()
    try prepareDirectories(passed)
    ProcessFacts.ignoreFileSizeSignal()
    let lock = try stateLock()
    let socket = try SocketFile(
      PassedSockets.clients, of: passed, else: configuration.socket, mode: 0o660, backlog: 4_096)
    let admin = try SocketFile(
      PassedSockets.admin, of: passed, else: configuration.adminSocket, mode: 0o600, backlog: 128)

    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let journal = Journal(path: configuration.state, lock: lock, eventLoop: loop)
    let engine = try makeEngine(on: loop, journal, ruleset, socket.place, admin.place, manager)
    try openStore(engine, on: loop)
    try loop.submit { engine.value.placeBoard() }.wait()
    let most = try loop.submit { engine.value.limits.connections }.wait()
    let acceptor = try Acceptor(socket, admin, engine: engine, atOnce: max(2 * most, 256), on: loop)
    log.notice(
      "ready",
      metadata: [
        "version": "\(configuration.version)", "socket": "\(socket.path)", "admin_socket": "\(admin.path)",
        "state": "\(configuration.state)",
      ])
    manager.ready()
    try loop.submit { engine.value.beginReporting() }.wait()

    while signals.next() == .reload { loop.execute { engine.value.reload(because: "SIGHUP") } }

    log.notice("stopping")
    manager.stopping()
    _ = consume socket
    _ = consume admin
    acceptor.stop()
    try loop.submit { engine.value.endSessions() }.wait()
    let end = ContinuousClock.now + .seconds(1)
    wait(until: end) { (try? loop.submit { engine.value.sessions.count }.wait()) ?? 0 == 0 }
    try loop.submit { engine.value.saveAll() }.wait()
    wait(until: end + .seconds(4)) { (try? loop.submit { engine.value.isSaved }.wait()) ?? true }
    journal.close()
    wait(until: end + .seconds(4)) { journal.isClosed }
    let lost = (try? loop.submit { engine.value.durability.waiting }.wait()) ?? 0
    if lost > 0 { log.error("not all could be saved", metadata: ["changes_lost": "\(lost)"]) }
    log.notice("stopped")
    wait(until: .now + .seconds(1)) { sink.isDrained }
  }

  private func prepareDirectories(_ passed: PassedSockets) throws(StartError) {
    if passed[PassedSockets.clients] == nil {
      try Directory.prepare(for: configuration.socket, mode: configuration.isSystemwide ? 0o755 : 0o700)
    }
    if passed[PassedSockets.admin] == nil { try Directory.prepare(for: configuration.adminSocket) }
    if let directory = configuration.privateDirectory { try Directory.checkPrivate(directory) }
  }

  /// Opens the store, and waits until what it holds is here: 2 seconds at most, then the daemon serves without.
  private func openStore(_ engine: NIOLoopBound<Engine>, on eventLoop: any EventLoop) throws {
    let patience = eventLoop.makePromise(of: Void.self)
    eventLoop.scheduleTask(in: .seconds(2)) { patience.succeed() }
    try eventLoop.submit { engine.value.openStore { patience.succeed() } }.wait()
    try patience.futureResult.wait()
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
    on eventLoop: any EventLoop, _ journal: Journal, _ ruleset: Ruleset, _ socket: SocketPlace, _ admin: SocketPlace,
    _ manager: ServiceManager
  ) throws -> NIOLoopBound<Engine> {
    var limits = configuration.limits
    // What the rest of the process needs, beside connections.
    let reserve = limits.adminConnections + 48
    limits.descriptors = max(ProcessFacts.raiseOpenFileLimit() - reserve, 1)
    let epoch = UInt64.random(in: 1 ... .max)
    let boardPath = configuration.board ?? Directory.of(socket.path) + "/pub/board"
    let facts = ServerFacts(
      version: configuration.version, epoch: Self.hexadecimal(epoch), socket: socket,
      adminSocket: admin, state: configuration.state, backups: Directory.of(configuration.state) + "/backups",
      uid: ProcessFacts.uid,
      start: .current)
    let loader = RulesetLoader(configuration.source, eventLoop: eventLoop)
    let (log, sink, bounds) = (self.log, self.sink, limits)
    let turns = try TurnQueue.start(on: eventLoop)
    return try eventLoop.submit {
      let engine = Engine(
        limits: bounds, about: facts, ruleset: ruleset, loader: loader, log: log, sink: sink, eventLoop: eventLoop,
        turns: turns.value, journal: journal, boardPlace: BoardPlace(path: boardPath, epoch: epoch),
        manager: manager)
      engine.makeBoard()
      return NIOLoopBound(engine, eventLoop: eventLoop)
    }.wait()
  }

  /// The lock of the store; nil if it cannot be made, or not soon: the daemon serves without a store then, until it can.
  private func stateLock() throws(StartError) -> FileLock? {
    let path = configuration.state
    return try LockAttempt.result(within: .seconds(2)) { () throws(StartError) in
      try Directory.prepare(for: path)
      do throws(FileLockError) {
        return try FileLock(path: Journal.lockPath(path))
      } catch {
        guard !error.isHeld else { throw StartError(error.description, exitCode: .alreadyRunning) }
        return nil
      }
    }
  }

  /// Looks until something is done, or it is time to go all the same.
  private func wait(until end: ContinuousClock.Instant, _ isDone: () -> Bool) {
    while !isDone(), ContinuousClock.now < end { usleep(10_000) }
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
