internal import BreakerCore
public import BreakerProtocol
internal import Logging
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// Asks the host's breakerd whether calls may be made, and tells it how they ended.
///
/// A program makes one client and keeps it. All its breakers share one connection, opened by the first call, on one
/// event loop. No call waits for the daemon longer than ``Configuration/deadline``; without an answer it does what
/// ``Configuration/onUnavailable`` says. A client that is no longer used closes its connection; ``shutdown()`` does so
/// at once, and lets the last reports out if the daemon can be reached.
///
/// ```swift
/// let client = BreakerClient()
/// let api = try client.breaker("api")
/// let answer = try await api.run { try await fetch() }
/// ```
///
/// After a `fork` a child must make a client of its own.
public final class BreakerClient: Sendable {
  /// The version of this library, as it is told to the daemon.
  public static let version = "0.1.0"

  /// What the client was made with.
  public let configuration: Configuration
  let loop: any EventLoop
  private let link: DaemonLink
  private let boards = OpenBoards()
  private let schedule = FlushSchedule()
  private let states = Mutex<[String: BreakerState]>([:])

  /// More names than this are not remembered from one handle to the next.
  private static let maximumStates = 10_000
  /// The event loop of clients that are given none.
  private static let ownGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  /// A client that connects when it is first asked something.
  ///
  /// - Parameters:
  ///   - configuration: Where the daemon is, and what to do without it.
  ///   - eventLoopGroup: Where the connection lives; it must outlive the client, and nothing may block it, since
  ///     deadlines are kept there. Nil: on a thread that all such clients share.
  public convenience init(configuration: Configuration = Configuration(), eventLoopGroup: (any EventLoopGroup)? = nil) {
    self.init(configuration: configuration, loop: (eventLoopGroup ?? Self.ownGroup).any(), clock: .system)
  }

  init(configuration: Configuration, loop: any EventLoop, clock: MonotonicClock) {
    self.configuration = configuration
    self.loop = loop
    let settings = ConnectionSettings(
      hello: Self.hello(configuration), deadline: configuration.deadline.timespan,
      firstTag: .random(in: 0...(.max)))
    let path = configuration.socketPath
    let log = ConnectionLog(logger: configuration.logger, onUnavailable: configuration.onUnavailable)
    link = DaemonLink(
      ConnectionDriver(
        loop: loop, clock: clock, settings: settings, socketPath: { path ?? SocketPath.forClients }, logger: log,
        boards: configuration.useBoard ? boards : nil),
      loop: loop, clock: clock, deadline: settings.deadline)
  }

  deinit {
    closeTallies()
    link.shutDownLater()
  }

  /// A handle on the breaker of this name; the breaker itself is made by the daemon when it is first asked about it.
  ///
  /// - Throws: ``BreakerNameError`` if it cannot be a name: 1 to 100 bytes of `A-Z a-z 0-9 . _ : / @ -`, the first a
  ///   letter, a digit or `_`.
  public func breaker(_ name: String) throws(BreakerNameError) -> BreakerHandle {
    guard BreakerName.isValid(name.utf8) else { throw BreakerNameError(name: name) }
    let state = states.withLock { states in
      if let state = states[name] { return state }
      let isRemembered = states.count < Self.maximumStates
      let state = BreakerState(
        name: name, link: link, boards: boards, schedule: schedule, onUnavailable: configuration.onUnavailable,
        tellsAtOnce: !isRemembered)
      if isRemembered { states[name] = state }
      return state
    }
    return BreakerHandle(client: self, state: state)
  }

  /// What the client has done so far.
  public var statistics: ClientStatistics {
    get async {
      var statistics = await link.look(\.statistics)
      statistics.deniedLocally = boards.refusals.load(ordering: .relaxed)
      return statistics
    }
  }

  /// Why calls are not decided by the daemon's board; nil: they are, or the daemon has none, or was not asked yet.
  public var boardFailure: String? { get async { await link.look(\.boardFailure) } }

  /// Tells what was counted now, without waiting. A program that will be idle for long calls it before.
  public func flush() {
    for state in states.withLock({ Array($0.values) }) { state.flush() }
  }

  /// Writes the reports made so far, and closes the connection. Calls made later do what they do without a daemon.
  ///
  /// It waits for nothing: reports that are held since the daemon cannot be reached, or reads no more, are dropped, and
  /// counted in ``ClientStatistics/reportsDropped``.
  public func shutdown() async {
    closeTallies()
    await link.shutDown()
  }

  private func closeTallies() {
    for state in states.withLock({ Array($0.values) }) { state.tally.close() }
    schedule.clear()
  }

  /// Makes any request of the protocol; for tools. Guarded calls go through ``breaker(_:)``.
  ///
  /// - Parameters:
  ///   - line: The request, one that wants a reply.
  ///   - deadline: How long to wait for the reply, connecting included; nil: the configured deadline. An act of an
  ///     admin may be answered only after 5 seconds, and calls made on the same connection meanwhile wait behind it.
  /// - Throws: ``BreakerRequestError``: there was no reply, or it was an error.
  public func request(
    _ line: RequestLine, deadline: Duration? = nil
  ) async throws(BreakerRequestError) -> ServerReply {
    // The tag takes up to 10 bytes more. The server would close the connection over it.
    guard line.bytes.count + 10 <= Limits.line else {
      throw .refused(
        code: ErrorCode.tooLong.rawValue, text: "the request is longer than \(Limits.line - 10) bytes: make it several")
    }
    switch await link.ask(line, breaker: nil, deadline: deadline?.timespan) {
    case .reply(let text): return .line(Fields(text))
    case .list(let rows, let cursor): return .list(rows.map(Fields.init), cursor: cursor)
    case .error(let code, let text): throw .refused(code: code, text: text)
    case .unavailable(let reason): throw .unavailable(unavailable(reason))
    case .allow: throw .unavailable(unavailable(.notBreakerd("allow")))
    }
  }

  // MARK: For the handles

  func unavailable(_ reason: BreakerUnavailable.Reason) -> BreakerUnavailable {
    BreakerUnavailable(reason, socketPath: configuration.socketPath ?? SocketPath.forClients)
  }

  static func hello(_ configuration: Configuration) -> RequestLine {
    var line = RequestLine(.hello)
    // These are words of ours, and cannot be refused.
    try? line.add("1")
    try? line.add("client", "swift/" + version)
    if configuration.isBound { try? line.add("bound", "yes") }
    if let name = configuration.name.flatMap(RequestLine.fittingWord) { try? line.add("name", name) }
    return line
  }
}
