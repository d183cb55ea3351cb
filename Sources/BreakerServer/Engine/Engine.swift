internal import BreakerBoard
internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import BreakerStore
internal import DequeModule
internal import Logging
internal import NIOCore

/// Owns every breaker and answers every request, on the thread of one event loop.
///
/// A request comes from a session, already parsed; the reply is written into ``replies``, which the session sends. What
/// moves a breaker passes through ``moved(_:_:by:)``, the one place where transitions are told to anybody.
final class Engine {
  /// What became of a request.
  enum Step {
    /// Answered (or quiet): go on with the next.
    case next
    /// The reply comes later, by ``Session/answer(_:)``: parse nothing until then.
    case wait
    /// Answered; end the connection.
    case close
  }

  var limits: EngineLimits
  let about: ServerFacts
  let log: Logger
  let sink: LogSink
  let eventLoop: any EventLoop
  let turns: TurnQueue

  /// What breakers follow, and the number of it: those of another number follow an older one.
  var ruleset: Ruleset
  var rulesetNumber: UInt32 = 0
  /// What is to be in force as soon as no override contradicts it.
  var nextRuleset: Ruleset?
  /// What was in force before, as long as breakers follow it.
  var oldRuleset: Ruleset?
  let loader: RulesetLoader
  /// The one under way, and those that wait for it.
  var reloads: Deque<Reload> = []
  /// The files do not say what is in force.
  var lastReloadFailed = false
  /// How many breakers have overrides that contradict their rule.
  var ignoredOverrides = 0
  /// When idle breakers are looked for next.
  var forgetAt = Instant.never

  var table = BreakerTable()
  var sessions = SlotTable<Session>()
  /// The same by the numbers of their connections.
  var sessionOf: [UInt64: Session] = [:]
  var adminSessions = 0
  /// The users of the host that are connected, or have made breakers.
  var users: [UInt32: PeerUser] = [:]
  /// Sessions of probers.
  var probers = 0 {
    didSet { moment.hasProber = probers > 0 }
  }
  /// Of what rules that only tell say, of all breakers: so that it takes hours to fill the history.
  var wouldTripPace = Pace(atOnce: 1_000, each: .milliseconds(100))
  /// The places of breakers that had to do without the prober that is to check them, since one came last; some of so many.
  var missingProber: Set<Int> = []
  /// How many calls are tracked, of all breakers together.
  private(set) var callsOut = 0
  var census = Census()
  var watchers = Watchers()
  /// Watchers are told something in the next turn.
  var mustPush = false
  var counters = Counters()
  var nextAcceptWarning = Instant.zero
  /// What the current turn has written for the session whose turn it is.
  var replies = ReplyBuffer()
  /// What was sent last.
  var outgoing = ByteBuffer()
  /// What the current turn has done so far, in the units of ``EngineLimits/turn``.
  var work = 0

  /// What is known of the store.
  var durability = Durability()
  let journal: Journal

  /// Where calls are decided without a request; nil: nowhere, for want of a file.
  var board: Board?
  /// When it is said next that the daemon serves.
  var beatAt = Instant.never
  /// Where it is to be; nil: there is to be none.
  let boardPlace: BoardPlace?
  /// When it may be made, or made larger, again, where that has failed.
  var makeBoardAt = Instant.zero
  /// When it is seen to next that it is there, and large enough, and that the sockets are.
  var lookAfterAt = Instant.zero
  var growBoardAt = Instant.zero

  let manager: ServiceManager
  /// When the service manager is told next that the daemon lives.
  var pingAt = Instant.never
  /// What it was told last of how the daemon is; nil: it is not told yet.
  var status: String?
  /// The sockets that nobody can connect to any more, since their files are gone.
  var goneSockets: Set<String> = []
  /// How late the timer rang, this time and at worst.
  private(set) var lag = Timespan.zero
  private(set) var worstLag = Timespan.zero

  /// When the turn began.
  private(set) var clock = ClockReading.current
  var moment: Moment
  /// The moment in whole seconds.
  private(set) var second: UInt32 = 0
  private var deadlines = DeadlineHeap()
  private var timer: NIOScheduledCallback?
  private var timerAt = Instant.never
  private var chance = ChanceGenerator()
  /// Whether a generation was given out in this run.
  private(set) var generationsGiven = false
  var nextConnection: UInt64 = 1
  var revertLevel: Scheduled<Void>?

  /// An engine without breakers. To be made and used on `eventLoop` only.
  init(
    limits: EngineLimits, about: ServerFacts, ruleset: Ruleset, loader: RulesetLoader, log: Logger, sink: LogSink,
    eventLoop: any EventLoop, turns: TurnQueue, journal: Journal, boardPlace: BoardPlace? = nil,
    manager: ServiceManager = .none
  ) {
    self.limits = limits
    self.limits.follow(ruleset.configuration.daemon)
    self.about = about
    self.ruleset = ruleset
    self.loader = loader
    self.log = log
    self.sink = sink
    self.eventLoop = eventLoop
    self.turns = turns
    self.journal = journal
    self.boardPlace = boardPlace
    self.manager = manager
    // As long as no store says which generations were given out before, a random start makes it unlikely that a token
    // of an earlier run means something in this one.
    self.moment = Moment(
      now: .zero, nextGeneration: .random(in: 1..<1 << 48, using: &chance), chance: .random(in: 0..<1, using: &chance))
    tick()
    planForgetting()
  }

  // MARK: Time

  /// Reads the clock: once for all the requests of one turn.
  func tick() {
    clock = .current
    moment.now = clock.now
    second = UInt32(truncatingIfNeeded: moment.now.microseconds / 1_000_000)
    work = 0
  }

  /// Whether the time since ``tick()`` is so long that others should have their turn.
  var isTurnLong: Bool { ClockReading.current.now - moment.now > limits.turnTime }

  /// Brings one breaker up to now, and to the rules in force.
  func catchUp(_ entry: Entry) {
    let isCurrent = entry.rulesetNumber == rulesetNumber
    // Most breakers have no deadline, and stand in no heap.
    guard !isCurrent || entry.heapIndex >= 0 && entry.breaker.nextDeadline <= moment.now else { return }
    while let transition = entry.breaker.advance(to: moment) {
      tellNews(of: entry)
      moved(entry, transition)
    }
    if !isCurrent { follow(entry) }
    tellNews(of: entry)
    reschedule(entry)
  }

  /// To be called when a breaker may have changed: sees to it that the timer knows when it wants to be looked at, and
  /// readers of the board what it does.
  func reschedule(_ entry: Entry) {
    let change = entry.breaker.takeChangeInCallsOut()
    if change != 0 {
      callsOut += change
      entry.maker?.calls += change
      work += abs(change) / Self.callsPerUnit
    }
    deadlines.update(entry, to: entry.breaker.nextDeadline)
    armTimer()
    recount(entry)
    publish(entry)
  }

  /// Has the timer ring at the earliest deadline. One that rings too early does no harm.
  func armTimer() {
    let earliest = min(deadlines.earliest, durability.held.nextDeadline, durability.sweepAt, forgetAt, beatAt, pingAt)
    guard earliest < timerAt else { return }
    timer?.cancel()
    timerAt = earliest
    let nanoseconds = UInt64(max(earliest.microseconds, 0)).multipliedReportingOverflow(by: 1_000)
    guard !nanoseconds.overflow else { return }
    timer = try? eventLoop.assumeIsolated().scheduleCallback(
      at: .uptimeNanoseconds(nanoseconds.partialValue), handler: DeadlineTimer(engine: self))
  }

  /// Works off the deadlines that have come, a slice of them a turn.
  fileprivate func timerRang() {
    timer = nil
    tick()
    if timerAt != .zero {
      lag = moment.now - timerAt
      worstLag = max(lag, worstLag)
    }
    // Nothing is earlier than what is being worked off.
    timerAt = .zero
    releaseExpired()
    if durability.sweepAt <= moment.now {
      durability.sweepAt = .never
      sweep()
    }
    if beatAt <= moment.now { beatAgain() }
    if pingAt <= moment.now { ping() }
    if forgetAt <= moment.now {
      forgetAt = .never
      forgetIdle()
    }
    for _ in 0..<limits.changes where work < limits.turn {
      guard let entry = deadlines.due(at: moment.now) else {
        timerAt = .never
        armTimer()
        return
      }
      catchUp(entry)
    }
    turns.add { self.timerRang() }
  }

  /// So many calls that end by themselves cost about as much as a request.
  private static let callsPerUnit = 4

  /// What of a breaker may be tracked. The last tenth of the places is not for those whose maker has all the others.
  func room(for entry: Entry) -> Moment.Room {
    if callsOut >= limits.calls || entry.maker?.calls ?? 0 >= limits.callsOfUser { return .none }
    return hasLittleRoom || entry.breaker.callsOut >= limits.watchedCalls ? .slotsOnly : .free
  }

  /// Not all calls can be tracked.
  var hasLittleRoom: Bool { callsOut >= limits.calls / 2 }

  // MARK: Requests

  /// Answers one request.
  func execute(_ request: Request, for session: Session) -> Step {
    work += 1
    counters.requests &+= 1
    let entry = request.verb.entry
    guard session.role >= entry.role else {
      refuse(request, Access.forbidden(entry, session, about, admins: ruleset.configuration.daemon.admins))
      return .next
    }
    switch request.verb {
    case .allow: allow(request, session)
    case .report: return report(request, session)
    case .denied: denied(request, session)
    case .state: state(request)
    case .show: show(request)
    case .why: why(request)
    case .policy: policy(request)
    case .events: return events(request, session)
    case .watch: watch(request, session)
    case .unwatch:
      endWatch(session)
      replies.ok(tag: request.tag)
    case .sync: return sync(request, session)
    case .backup: return backup(request, session)
    case .list: list(request)
    case .hello: hello(request, session)
    case .ping: replies.ok("pong", tag: request.tag)
    case .help: help(request)
    case .stats: stats(request)
    case .metrics: metrics(request)
    case .health: health(request)
    case .quit:
      replies.ok("bye", tag: request.tag)
      return .close
    case .reset: return actOnGlob(.reset, request, session)
    case .release: return actOnGlob(.release, request, session)
    case .forget: return actOnGlob(.forget, request, session)
    case .force: return force(request, session)
    case .set: return set(request, session)
    case .unset: return unset(request, session)
    case .reload: return reload(request, session)
    case .clients: clients(request)
    case .loglevel: return loglevel(request, session)
    }
    return .next
  }

  /// Answers a request with an error.
  func refuse(_ request: Request, _ error: RequestError) {
    counters.errors &+= 1
    // Finding out what was meant, and saying so, takes as long as several requests that are right.
    work += 8
    replies.error(error, tag: request.tag, quiet: request.isQuiet)
  }

  // MARK: Breakers

  /// The breaker with this name, up to now; nil if there is none.
  func entry(named name: Bytes) -> Entry? {
    guard let entry = table[name] else { return nil }
    catchUp(entry)
    return entry
  }

  /// The breaker with this name, up to now, made if it is new; nil if there are too many, or too many of this session's user.
  func entry(creating name: Bytes, for session: Session?) -> Entry? {
    if let entry = entry(named: name) {
      entry.use(at: second)
      return entry
    }
    guard session.map(mayName) ?? (table.count < limits.breakers) else {
      counters.unmanaged &+= 1
      return nil
    }
    let rule = ruleset.rule(for: name)
    work += ruleset.work
    let entry = table.insert {
      Entry(
        name: name, slot: $0, breaker: Breaker(following: rule.rule.policy, at: moment), rule: rule,
        rulesetNumber: rulesetNumber, at: second)
    }
    if let user = session?.user {
      entry.maker = user
      user.names += 1
    }
    takeGeneration()
    recount(entry)
    publish(entry)
    return entry
  }

  /// Drops a breaker. Tokens and permits that are out mean nothing from now on.
  func remove(_ entry: Entry) {
    if entry.ignoresOverrides { ignoredOverrides -= 1 }
    deadlines.update(entry, to: .never)
    missingProber.remove(entry.slot)
    census.move(from: entry.countedAs, to: nil)
    let change = entry.breaker.takeChangeInCallsOut() - entry.breaker.callsOut
    callsOut += change
    if let maker = entry.maker {
      maker.names -= 1
      maker.calls += change
      release(maker)
    }
    board?.writer.forget(entry.name)
    table.remove(entry)
  }

  /// Takes note of a transition, and tells of it.
  func moved(_ entry: Entry, _ transition: Transition, by actor: Actor? = nil) {
    takeGeneration()
    work += EngineLimits.transition
    counters.transitions &+= 1
    entry.moved(transition, at: clock.wall(transition.at), by: actor)
    let event = event(of: entry, .transition(transition), by: actor, at: transition.at)
    Telling.moved(event, transition, to: sink)
    save(entry, event)
    tellWatchers(entry, event)
    noteChecks(entry, transition)
  }

  func takeGeneration() {
    moment.nextGeneration += 1
    draw()
    generationsGiven = true
    reserveNumbers()
  }

  /// Draws the chance of the next decision.
  func draw() { moment.chance = .random(in: 0..<1, using: &chance) }
}

/// What the daemon has counted since it started.
struct Counters {
  var requests: UInt64 = 0
  var errors: UInt64 = 0
  var unmanaged: UInt64 = 0
  var untracked: UInt64 = 0
  var transitions: UInt64 = 0
  var connections: UInt64 = 0
  var refusedConnections: UInt64 = 0
  var failedAccepts: UInt64 = 0
  var stalledConnections: UInt64 = 0
  var forgotten: UInt64 = 0
  var commits: UInt64 = 0
  var failedCommits: UInt64 = 0
  var reloads: UInt64 = 0
  var failedReloads: UInt64 = 0
}

/// Wakes the engine at its earliest deadline.
private struct DeadlineTimer: NIOScheduledCallbackHandler {
  let engine: Engine

  func handleScheduledCallback(eventLoop: some EventLoop) { engine.timerRang() }
}
