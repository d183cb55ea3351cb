/// One circuit breaker: a state machine without a clock, a timer, a lock, or any I/O.
///
/// The caller brings the time and keeps it moving: before each request it lets ``advance(to:)`` work off the deadlines
/// that have come, until that returns nil; between requests it does the same when ``nextDeadline`` comes. Functions that
/// can move the breaker return what happened; telling people is the caller's business.
public struct Breaker: ~Copyable {
  /// What it follows.
  public private(set) var policy: Policy
  /// What it is doing. See ``State`` for where each state leads.
  public internal(set) var state = State.closed
  /// The number of the current generation: each change of state or mode, and each reset, begins a new one.
  public internal(set) var generation: UInt64
  /// When the generation began.
  public internal(set) var since: Instant
  /// When the state ends by itself: retry time of an open breaker, end of a force, last moment of an undecided
  /// half-open; ``Instant/never`` if it does not.
  public internal(set) var until = Instant.never
  /// What was counted since the breaker was created.
  public internal(set) var totals = Totals()
  /// Failures in a row in this generation; ``windowCounts(at:)`` brings it up to now.
  public internal(set) var run = 0
  var lapseCount: Int32 = 0
  /// The process that let the last of them end.
  public internal(set) var lapsedProcess: Int32 = 0

  /// All calls of the generation; in half-open, the settled probes.
  var counts = Counts.zero
  var window: Window?
  /// When the last failure of the run ended; while the run is empty, that of the run before. Before the first failure of
  /// the generation, ``Instant/distantPast``.
  var runEnd = Instant.distantPast
  /// Openings in a row when the generation began; see ``openingsInARow(at:)``.
  var openings = 0
  private var permits = PermitSet()
  /// Number of the latest permit of the generation; 0: there has been none.
  private var lastPermit: UInt32 = 0
  /// Under observe: the rules that have held since they were told of.
  private var told: Rules = []

  /// A closed breaker that follows `policy`. Takes the moment's generation number.
  public init(following policy: Policy, at moment: Moment) {
    self.policy = policy
    self.generation = moment.nextGeneration
    self.since = moment.now
    self.window = Window(policy.trip.window, at: moment.now)
  }

  // MARK: Time

  /// The time at which ``advance(to:)`` has something to do next; ``Instant/never`` if nothing is to come.
  public var nextDeadline: Instant { min(until, permits.nextExpiry) }

  /// Works off the deadlines that have come, each at its own time, up to the first that moves the breaker.
  ///
  /// - Returns: That move (call again), or nil when no deadline is left at or before now.
  public mutating func advance(to moment: Moment) -> Transition? {
    while true {
      let deadline = nextDeadline
      guard deadline <= moment.now else { return nil }
      var then = moment
      then.now = deadline
      if let transition = expire(at: then) { return transition }
    }
  }

  /// The deadline at `moment.now` itself; of a lease and a wait that end together, the lease.
  private mutating func expire(at moment: Moment) -> Transition? {
    switch state {
    case .open:
      return begin(.halfOpen, .openElapsed, moment)
    case .forcedOpen:
      return begin(.halfOpen, .forceEnded, moment)
    case .forcedClosed, .observe:
      return begin(.closed, .forceEnded, moment)
    case .halfOpen:
      guard permits.nextExpiry <= moment.now, let permit = permits.takeNextExpiring() else {
        return open(.maxWait, moment)
      }
      totals.lapsed += 1
      lapseCount = lapseCount == .max ? .max : lapseCount + 1
      lapsedProcess = permit.holder.pid
      return settle(failed: true, slow: false, failure: .leaseLapsed(permit.holder), moment)
    case .closed:
      until = .never
      return nil
    }
  }

  // MARK: Requests

  /// May `caller` make its call?
  ///
  /// - Parameter lease: How long the caller wants a permit for, longer than zero, cut to the policy's longest; nil: the
  ///   policy's usual length.
  public mutating func allow(_ caller: Caller, lease: Timespan? = nil, at now: Instant) -> Decision {
    switch state {
    case .closed:
      return .allow(.closed, Token(generation: generation), lease: nil)
    case .observe:
      return .allow(.observe, Token(generation: generation), lease: nil)
    case .forcedClosed:
      return .allow(.forcedClosed, Token(generation: generation), lease: nil)
    case .open:
      totals.refused += 1
      return .deny(.open, retryAfter: retryAfter(at: now))
    case .forcedOpen:
      totals.refused += 1
      return .deny(.forcedOpen, retryAfter: retryAfter(at: now))
    case .halfOpen:
      guard permits.count < min(policy.halfOpen.probes, missingOutcomes) else {
        totals.refused += 1
        return .deny(.halfOpen, retryAfter: retryAfter(at: now))
      }
      return permit(caller, for: min(lease ?? policy.halfOpen.lease, policy.halfOpen.maxLease), at: now)
    }
  }

  /// Takes in how a call, or several, ended.
  public mutating func report(_ report: Report, at moment: Moment) -> Receipt {
    if let token = report.token, !token.belongs(to: generation) { return stale() }
    switch state {
    case .closed, .observe:
      guard report.token?.permit ?? 0 == 0 else { return stale() }
      return record(report, moment)
    case .forcedOpen, .forcedClosed:
      guard report.token?.permit ?? 0 == 0 else { return stale() }
      _ = countTotals(report)
      return .counted
    case .open:
      return stale()
    case .halfOpen:
      guard report.count == 1, takePermit(settledBy: report) else { return stale() }
      let slow = countTotals(report)
      guard report.outcome != .ignore else { return .counted }
      lapseCount = 0
      let move = settle(failed: report.outcome == .fail, slow: slow, failure: .probeFailed, moment)
      return move.map { .moved($0) } ?? .counted
    }
  }

  /// Counts `count` calls that a client refused by itself.
  public mutating func refusedElsewhere(_ count: UInt64) { totals.refused &+= count }

  /// A connection is gone: its bound permits go back at once and count as nothing, its others wait for their lease.
  ///
  /// - Returns: How many permits went back.
  public mutating func lose(connection: UInt64) -> Int { permits.lose(connection: connection) }

  // MARK: Admin

  /// Forces the breaker into a mode until `end` (``Instant/never``: until released).
  ///
  /// - Returns: The move; nil if it was in that mode already, and only its end has changed.
  public mutating func force(_ mode: ForcedMode, until end: Instant, at moment: Moment) -> Transition? {
    guard state != mode.state else {
      until = end
      return nil
    }
    return begin(mode.state, .forced, moment, until: end)
  }

  /// Ends a force: forced-open leads to half-open, the others to closed. Nil if none is in effect.
  public mutating func release(at moment: Moment) -> Transition? {
    switch state {
    case .forcedOpen: begin(.halfOpen, .released, moment)
    case .forcedClosed, .observe: begin(.closed, .released, moment)
    case .closed, .open, .halfOpen: nil
    }
  }

  /// Closes the breaker, whatever it was doing, and forgets its counts and openings; permits that are out become stale.
  public mutating func reset(at moment: Moment) -> Transition {
    openings = 0
    lapseCount = 0
    return begin(.closed, .reset, moment)
  }

  /// Follows another policy from now on. State, retry time, permits, run and totals stay; the window stays if its shape
  /// does, else it starts empty, and so do the settled probes if another kind of verdict is asked for.
  ///
  /// - Returns: The move of a half-open breaker whose settled probes decide by the new policy.
  public mutating func adopt(_ policy: Policy, at moment: Moment) -> Transition? {
    let old = self.policy
    roll(to: moment.now)
    openings = openingsInARow(at: moment.now)
    self.policy = policy
    if policy.trip.window != old.trip.window {
      window = Window(policy.trip.window, at: moment.now)
      if state != .halfOpen { counts = .zero }
    }
    guard state == .halfOpen else { return nil }
    switch (old.halfOpen.verdict, policy.halfOpen.verdict) {
    case (.successes, .successes), (.calls, .calls):
      return decide(moment)
    case (.successes, .calls), (.calls, .successes):
      counts = .zero
      return nil
    }
  }

  // MARK: Looking

  /// How long an open or forced-open breaker stays so, a half-open one at most waits for a permit; nil: not by itself,
  /// or it does not refuse at all.
  public func retryAfter(at now: Instant) -> Timespan? {
    switch state {
    case .open, .forcedOpen, .halfOpen:
      nextDeadline == .never ? nil : nextDeadline - now
    case .closed, .forcedClosed, .observe:
      nil
    }
  }

  /// Whether a permit is out that this connection was given.
  public func hasPermit(of connection: UInt64) -> Bool { permits.contains { $0.holder.connection == connection } }

  /// Probe leases that ended in a row, up to now.
  public var lapses: Int { Int(lapseCount) }

  /// How many permits are out.
  public var permitsOut: Int { permits.count }

  /// How often the breaker has opened in a row; the next opening is drawn out by it.
  public func openingsInARow(at now: Instant) -> Int {
    state == .closed && now - since >= policy.open.resetAfter ? 0 : openings
  }

  /// The calls that the windowed rules look at; without such a window, all of the generation (half-open: the settled
  /// probes).
  public mutating func windowCounts(at now: Instant) -> Counts {
    roll(to: now)
    return state == .halfOpen ? counts : window?.counts ?? counts
  }

  // MARK: Closed

  private mutating func record(_ report: Report, _ moment: Moment) -> Receipt {
    let slow = countTotals(report)
    guard report.outcome != .ignore else { return .counted }
    roll(to: moment.now)
    if state == .observe { told.formIntersection(holding) }

    let failed = report.outcome == .fail
    let end = moment.now - report.age
    if failed, let span = policy.trip.lump, isLumped(end, within: span) { return .counted }
    let calls = Counts(total: report.count, failures: failed ? report.count : 0, slow: slow ? report.count : 0)
    switch window {
    case .time(let window): guard window.record(calls, endedAt: end) else { return .counted }
    case .calls(let window): window.record(failed: failed, slow: slow, count: report.count)
    case nil: break
    }
    counts += calls
    if failed {
      runEnd = run == 0 ? end : max(runEnd, end)
      run += report.count
    } else if end >= runEnd {
      run = 0
    }
    return evaluate(canTrip: failed || slow || policy.trip.onSuccess, moment)
  }

  /// Whether a failure that ended then is one event with the last that was counted, however they came in.
  private func isLumped(_ end: Instant, within span: Timespan) -> Bool {
    let apart = end < runEnd ? runEnd - end : end - runEnd
    return runEnd != .distantPast && apart < span
  }

  /// Applies the trip rules; under observe, tells of those that have come to hold.
  private mutating func evaluate(canTrip: Bool, _ moment: Moment) -> Receipt {
    if state == .closed {
      guard canTrip else { return .counted }
      for rule in Rule.allCases {
        if let cause = verdict(of: rule) { return .moved(open(cause, moment)) }
      }
      return .counted
    }
    guard canTrip else {
      told.formIntersection(holding)
      return .counted
    }
    var news: [Cause] = []
    for rule in Rule.allCases where !told.contains(Rules(rule)) {
      if let cause = verdict(of: rule) { news.append(cause) }
    }
    told = holding
    return news.isEmpty ? .counted : .wouldTrip(news)
  }

  /// The rules that hold now.
  private var holding: Rules {
    var holding: Rules = []
    for rule in Rule.allCases where verdict(of: rule) != nil { holding.insert(Rules(rule)) }
    return holding
  }

  private func verdict(of rule: Rule) -> Cause? {
    policy.trip.verdict(of: rule, run: run, window: window?.counts ?? counts)
  }

  /// Lets the window go on to `now`. The turn of a tumbling one ends the run of failures too.
  private mutating func roll(to now: Instant) {
    guard case .time(let window) = window, window.roll(to: now) else { return }
    if window.isTumbling { run = 0 }
  }

  // MARK: Half-open

  private var missingOutcomes: Int {
    switch policy.halfOpen.verdict {
    case .successes(let needed): needed - (counts.total - counts.failures)
    case .calls(let needed, _): needed - counts.total
    }
  }

  private mutating func permit(_ caller: Caller, for lease: Timespan, at now: Instant) -> Decision {
    if lastPermit == 0, let maxWait = policy.halfOpen.maxWait { until = now + maxWait }
    lastPermit = lastPermit == .max ? 1 : lastPermit + 1
    permits.insert(Permit(number: lastPermit, expires: now + lease, holder: caller))
    return .allow(.halfOpen, Token(generation: generation, permit: lastPermit), lease: lease)
  }

  private mutating func takePermit(settledBy report: Report) -> Bool {
    guard let token = report.token else { return permits.takeUnnamed(by: report.caller) != nil }
    return permits.take(number: token.permit) != nil
  }

  /// Counts one probe, and decides if it was the last that was missing.
  private mutating func settle(failed: Bool, slow: Bool, failure: Cause, _ moment: Moment) -> Transition? {
    counts += Counts(total: 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0)
    if case .successes = policy.halfOpen.verdict {
      if failed { return open(failure, moment) }
      if slow && policy.trip.slowRate != nil { return open(.probeSlow, moment) }
    }
    return decide(moment)
  }

  /// Closes or opens, if the settled probes are enough to say.
  private mutating func decide(_ moment: Moment) -> Transition? {
    guard missingOutcomes <= 0 else { return nil }
    if case .calls(_, let threshold) = policy.halfOpen.verdict {
      if threshold.isReached(by: counts.failures, of: counts.total) {
        return open(
          .failureRate(failures: counts.failures, total: counts.total, threshold: threshold), moment)
      }
      if let slow = policy.trip.slowRate, slow.isReached(by: counts.slow, of: counts.total) {
        return open(.slowRate(slow: counts.slow, total: counts.total, threshold: slow), moment)
      }
    }
    return begin(.closed, .probesSucceeded(total: counts.total, failures: counts.failures), moment)
  }

  // MARK: Moves

  private mutating func open(_ cause: Cause, _ moment: Moment) -> Transition {
    totals.opened += 1
    switch policy.recovery {
    case .manual:
      return begin(.open, cause, moment)
    case .traffic:
      let length = policy.open.length(after: openingsInARow(at: moment.now), chance: moment.chance)
      return begin(.open, cause, moment, until: moment.now + length)
    }
  }

  /// Begins a new generation, with everything that belongs to one empty.
  private mutating func begin(
    _ next: State, _ cause: Cause, _ moment: Moment, until end: Instant = .never
  ) -> Transition {
    let previous = state
    // Before the state goes: time spent closed is forgotten with it.
    openings = openingsInARow(at: moment.now) + (next == .open ? 1 : 0)
    state = next
    generation = moment.nextGeneration
    since = moment.now
    until = end
    counts = .zero
    window?.clear()
    run = 0
    runEnd = .distantPast
    permits.removeAll()
    lastPermit = 0
    told = []
    return Transition(
      from: previous, to: next, at: moment.now, generation: generation, cause: cause, until: end, openings: openings)
  }

  // MARK: Counting

  private mutating func stale() -> Receipt {
    totals.stale &+= 1
    return .stale
  }

  /// Adds the report to the totals. Returns whether its calls were slow.
  private mutating func countTotals(_ report: Report) -> Bool {
    let count = UInt64(report.count)
    switch report.outcome {
    case .ok: totals.ok &+= count
    case .fail: totals.failed &+= count
    case .ignore: totals.ignored &+= count
    }
    guard report.outcome != .ignore, let limit = policy.trip.slowCall, let duration = report.duration,
      duration >= limit
    else { return false }
    totals.slow &+= count
    return true
  }
}
