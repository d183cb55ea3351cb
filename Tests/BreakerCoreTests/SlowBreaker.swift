import BreakerCore

/// The semantics of a breaker written down a second time, as plainly as possible: it keeps every outcome and counts
/// them anew whenever a figure is wanted, finds deadlines by looking at all of them, and lets nothing wait until it is
/// asked for. The random walk holds ``Breaker`` against it.
struct SlowBreaker {
  /// A call that was counted.
  struct Past {
    let ended: Int64
    let count: Int
    let failed: Bool
    let slow: Bool
  }

  struct Permit {
    let number: UInt32
    let expires: Int64
    let holder: Caller
    var holderIsGone = false
  }

  /// What ends by itself; the raw value is the order in which those of one instant happen.
  enum Deadline: Int {
    case endOfForce, retry, lease, maxWait
  }

  var policy: Policy
  var state = State.closed
  var generation: UInt64
  var since: Int64
  var clock: Int64
  /// Retry time, end of a force, or end of the wait of a half-open; nil: none.
  var end: Int64?
  var totals = Totals()
  var lapses = 0
  var openings = 0

  /// What the window looks at, oldest first.
  var past: [Past] = []
  /// When each failure of the run ended.
  var run: [Int64] = []
  /// When the last counted failure ended; nil: none was counted in this generation.
  var lastCounted: Int64?
  /// The settled probes.
  var probes: [Past] = []
  var permits: [Permit] = []
  var permitsGiven: UInt32 = 0
  /// Under observe: the rules told of that have held ever since.
  var told: [SlowRule] = []

  init(following policy: Policy, at moment: Moment) {
    self.policy = policy
    self.generation = moment.nextGeneration
    self.since = moment.now.microseconds
    self.clock = moment.now.microseconds
  }
}

// MARK: Time

extension SlowBreaker {
  /// All that will happen by itself: when, what, and for leases whose.
  var deadlines: [(at: Int64, what: Deadline, permit: UInt32)] {
    var all = permits.map { (at: $0.expires, what: Deadline.lease, permit: $0.number) }
    if let end {
      switch state {
      case .closed: break
      case .open: all.append((end, .retry, 0))
      case .halfOpen: all.append((end, .maxWait, 0))
      case .forcedOpen, .forcedClosed, .observe: all.append((end, .endOfForce, 0))
      }
    }
    return all
  }

  mutating func advance(to moment: Moment) -> Move? {
    let now = moment.now.microseconds
    while true {
      let due = deadlines.filter { $0.at <= now }
      guard let next = due.min(by: { ($0.at, $0.what.rawValue, $0.permit) < ($1.at, $1.what.rawValue, $1.permit) })
      else { break }
      pass(to: next.at)
      if let move = happen(next.what, next.permit, moment) { return move }
    }
    pass(to: now)
    return nil
  }

  private mutating func happen(_ what: Deadline, _ permit: UInt32, _ moment: Moment) -> Move? {
    switch what {
    case .endOfForce: return begin(state == .forcedOpen ? .halfOpen : .closed, .forceEnded, moment)
    case .retry: return begin(.halfOpen, .openElapsed, moment)
    case .maxWait: return open(.maxWait, moment)
    case .lease:
      guard let index = permits.firstIndex(where: { $0.number == permit }) else { return nil }
      let holder = permits.remove(at: index).holder
      totals.lapsed += 1
      lapses += 1
      return settle(Past(ended: clock, count: 1, failed: true, slow: false), .leaseLapsed(holder), moment)
    }
  }

  /// Time goes on, without a deadline on the way.
  private mutating func pass(to now: Int64) {
    if case .time(let bucket, 1) = policy.trip.window,
      floorDivide(now, bucket.microseconds) != floorDivide(clock, bucket.microseconds)
    {
      run = []
    }
    clock = now
    if state == .closed && clock - since >= policy.open.resetAfter.microseconds { openings = 0 }
  }
}

// MARK: Requests

extension SlowBreaker {
  mutating func allow(_ caller: Caller, lease: Timespan?) -> Decision {
    let token = Token(generation: generation)
    switch state {
    case .closed: return .allow(.closed, token, lease: nil)
    case .forcedClosed: return .allow(.forcedClosed, token, lease: nil)
    case .observe: return .allow(.observe, token, lease: nil)
    case .open:
      totals.refused += 1
      return .deny(.open, retryAfter: retryAfter)
    case .forcedOpen:
      totals.refused += 1
      return .deny(.forcedOpen, retryAfter: retryAfter)
    case .halfOpen:
      guard permits.count < policy.halfOpen.probes && permits.count < missing else {
        totals.refused += 1
        return .deny(.halfOpen, retryAfter: retryAfter)
      }
      permitsGiven += 1
      if permitsGiven == 1, let maxWait = policy.halfOpen.maxWait { end = clock + maxWait.microseconds }
      var granted = lease ?? policy.halfOpen.lease
      if granted > policy.halfOpen.maxLease { granted = policy.halfOpen.maxLease }
      permits.append(Permit(number: permitsGiven, expires: clock + granted.microseconds, holder: caller))
      return .allow(.halfOpen, Token(generation: generation, permit: permitsGiven), lease: granted)
    }
  }

  mutating func report(_ report: Report, at moment: Moment) -> Reply {
    if let token = report.token {
      let isOfThisGeneration = UInt64(token.generation) == generation % (1 << 24)
      let isOfPermitOut = permits.contains { $0.number == token.permit }
      guard isOfThisGeneration && (token.permit == 0 || isOfPermitOut) else { return stale() }
    }
    switch state {
    case .open:
      return stale()
    case .forcedOpen, .forcedClosed:
      count(report)
      return .counted
    case .closed, .observe:
      count(report)
      return report.outcome == .ignore ? .counted : record(report, moment)
    case .halfOpen:
      guard report.count == 1, let index = indexOfPermit(settledBy: report) else { return stale() }
      permits.remove(at: index)
      count(report)
      if report.outcome == .ignore { return .counted }
      lapses = 0
      let failed = report.outcome == .fail
      let settled = Past(ended: clock, count: 1, failed: failed, slow: isSlow(report))
      return settle(settled, .probeFailed, moment).map { .moved($0) } ?? .counted
    }
  }

  private func indexOfPermit(settledBy report: Report) -> Int? {
    if let token = report.token { return permits.firstIndex { $0.number == token.permit } }
    return permits.firstIndex { $0.holder.connection == report.caller.connection }
      ?? permits.firstIndex { $0.holderIsGone && $0.holder.uid == report.caller.uid }
  }

  mutating func lose(connection: UInt64) -> Int {
    let before = permits.count
    permits.removeAll { $0.holder.connection == connection && $0.holder.isBound }
    for index in permits.indices where permits[index].holder.connection == connection {
      permits[index].holderIsGone = true
    }
    return before - permits.count
  }
}

// MARK: Admin

extension SlowBreaker {
  mutating func force(_ mode: ForcedMode, until end: Instant, at moment: Moment) -> Move? {
    let time = end == .never ? nil : end.microseconds
    if state == mode.state {
      self.end = time
      return nil
    }
    return begin(mode.state, .forced, moment, until: time)
  }

  mutating func release(at moment: Moment) -> Move? {
    guard state.isForced else { return nil }
    return begin(state == .forcedOpen ? .halfOpen : .closed, .released, moment)
  }

  mutating func reset(at moment: Moment) -> Move {
    openings = 0
    lapses = 0
    return begin(.closed, .reset, moment)
  }

  mutating func adopt(_ new: Policy, at moment: Moment) -> Move? {
    let old = policy
    policy = new
    if old.trip.window != new.trip.window { past = [] }
    pass(to: clock)
    guard state == .halfOpen else { return nil }
    switch (old.halfOpen.verdict, new.halfOpen.verdict) {
    case (.successes, .successes), (.calls, .calls): break
    case (.successes, .calls), (.calls, .successes): probes = []
    }
    return missing <= 0 ? verdict(moment) : nil
  }
}
