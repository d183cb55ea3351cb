/// One circuit breaker: a state machine without a clock, a timer, a lock, or any I/O.
///
/// The caller brings the time and keeps it moving: before each request it lets ``advance(to:)`` work off the deadlines
/// that have come, until that returns nil; between requests it does the same when ``nextDeadline`` comes. Functions that
/// can move the breaker return what happened; telling people is the caller's business.
public struct Breaker: ~Copyable {
  /// What it follows.
  public internal(set) var policy: Policy
  /// What it is doing. See ``State`` for where each state leads.
  public internal(set) var state = State.closed
  /// Under observe: the rules that have held since they were told of.
  var told: Rules = []
  /// The number of the current generation: each change of state or mode, and each reset, begins a new one.
  public internal(set) var generation: UInt64
  /// When the generation began.
  public internal(set) var since: Instant
  /// When the state ends by itself: retry time of an open breaker, end of a force, last moment of an undecided
  /// half-open; of a closed one, when all calls pass again after its ramp. ``Instant/never`` if it does not.
  public internal(set) var until = Instant.never
  /// What was counted since the breaker was created.
  public internal(set) var totals = Totals()
  /// What the trip rules look at; in half-open, its counts are the settled probes.
  var tally: Tally
  /// Openings in a row when the generation began; see ``openingsInARow(at:)``.
  var openings = 0
  /// What most breakers never need; nil: nothing of it.
  @usableFromInline var rare: RareState?

  /// A closed breaker that follows `policy`. Takes the moment's generation number.
  public init(following policy: Policy, at moment: Moment) {
    self.policy = policy
    self.generation = moment.nextGeneration
    self.since = moment.now
    self.tally = Tally(policy.trip.window, at: moment.now)
    prepare(for: policy, at: moment.now)
  }

  // MARK: Requests

  /// May `caller` make its call?
  ///
  /// - Parameter lease: How long the caller wants a permit for, longer than zero, cut to the policy's longest; nil: the
  ///   policy's usual length.
  public mutating func allow(_ caller: Caller, lease: Timespan? = nil, at moment: Moment) -> Decision {
    switch state {
    case .closed:
      rare == nil ? .allow(.closed, Token(generation: generation), lease: nil) : allowCall(caller, lease, moment)
    case .observe: .allow(.observe, Token(generation: generation), lease: nil)
    case .forcedClosed: .allow(.forcedClosed, Token(generation: generation), lease: nil)
    case .open: refuse(.open, retryAfter(at: moment))
    case .forcedOpen: refuse(.forcedOpen, retryAfter(at: moment))
    case .halfOpen: allowProbe(caller, lease, moment)
    }
  }

  /// What a caller is told that may not report: the same, but it gets no permit and takes no slot.
  public mutating func look(_ caller: Caller, at moment: Moment) -> Decision {
    switch state {
    case .closed:
      if let wait = rampWait(moment) { return refuse(.ramp, wait) }
      return hasFreeSlot ? .allow(.closed, Token(generation: generation), lease: nil) : refuse(.saturated, nil)
    case .halfOpen: return refuse(.halfOpen, retryAfter(at: moment))
    case .open, .forcedOpen, .forcedClosed, .observe: return allow(caller, at: moment)
    }
  }

  /// Takes in how a call, or several, ended.
  public mutating func report(_ report: Report, at moment: Moment) -> Receipt {
    if let rare, let taken = rare.take(settledBy: report, in: generation) {
      switch taken {
      case .probe(let permit): return settle(permit, report, moment)
      case .call(let call): return settle(call, report, moment)
      }
    }
    if let token = report.token {
      guard token.belongs(to: generation), token.permit == 0 else { return stale() }
    }
    switch state {
    case .closed, .observe:
      return record(report, moment)
    case .forcedOpen, .forcedClosed:
      _ = countTotals(report)
      return .totalsOnly
    case .open, .halfOpen:
      return stale()
    }
  }

  /// Counts `count` calls that a client refused by itself.
  public mutating func refusedElsewhere(_ count: UInt64) { totals[.refusedElsewhere] &+= count }

  /// A connection is gone: its bound permits and slots go back at once and count as nothing, its others wait for their
  /// lease.
  ///
  /// - Returns: How many permits went back.
  public mutating func lose(connection: UInt64) -> Int {
    guard let rare else { return 0 }
    return rare.probes.lose(connection: connection) + rare.calls.lose(connection: connection)
  }

  /// What has happened beside moves since this was asked last: to be asked after each call that takes a moment.
  public mutating func takeNews() -> [News] {
    guard let rare, !rare.news.isEmpty else { return [] }
    defer { rare.news.removeAll() }
    return rare.news
  }

  /// How many calls more are out than when this was asked last: for a keeper that bounds those of all its breakers.
  public mutating func takeChangeInCallsOut() -> Int {
    guard let rare else { return 0 }
    let change = rare.callsOut - rare.toldCallsOut
    rare.toldCallsOut += change
    return change
  }

  // MARK: Rare state

  /// Makes the state that a policy with extras needs.
  mutating func prepare(for policy: Policy, at now: Instant) {
    guard policy.hasExtras else { return }
    let rare = needRareState()
    if let trip = policy.shadow, rare.shadow == nil { rare.shadow = Shadow(trip, at: now) }
  }

  /// The rare state, made if there is none.
  mutating func needRareState() -> RareState {
    if let rare { return rare }
    let rare = RareState()
    rare.calls.begin(generation: generation)
    self.rare = rare
    return rare
  }

  // MARK: Counting

  mutating func refuse(_ refusal: Decision.Refusal, _ retryAfter: Timespan?) -> Decision {
    totals[Totals.Kind(refusal)] &+= 1
    return .deny(refusal, retryAfter: retryAfter)
  }

  mutating func stale() -> Receipt {
    totals[.stale] &+= 1
    return .stale
  }

  /// Adds the report to the totals. Returns whether its calls were slow.
  mutating func countTotals(_ report: Report) -> Bool {
    let count = UInt64(report.count)
    switch report.outcome {
    case .ok: totals.ok &+= count
    case .fail: totals.failed &+= count
    case .ignore: totals[.ignored] &+= count
    }
    guard isSlow(report) else { return false }
    totals[.slow] &+= count
    return true
  }

  /// Whether the policy takes the calls of this report for slow.
  func isSlow(_ report: Report) -> Bool {
    guard report.outcome != .ignore, let limit = policy.trip.slowCall, let duration = report.duration else {
      return false
    }
    return duration >= limit
  }

  /// Whether a rule on slow calls counts the calls of this report against the dependency.
  public func isTooSlow(_ report: Report) -> Bool { isSlow(report) && policy.trip.slowRate != nil }
}
