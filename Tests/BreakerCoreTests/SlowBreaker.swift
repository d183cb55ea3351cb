import BreakerCore

/// The semantics of a breaker written down a second time, as plainly as possible: it keeps every outcome and counts
/// them anew whenever a figure is wanted, finds deadlines by looking at all of them, and lets nothing wait until it is
/// asked for. The random walk holds ``Breaker`` against it.
struct SlowBreaker {
  /// A call that is known to be under way: a probe, or one that holds a slot or can become overdue.
  struct Call {
    enum Kind {
      /// Its outcome is waited for by a half-open breaker.
      case probe
      /// Allowed by a closed breaker.
      case plain
      /// A probe that was overdue, and has failed.
      case failedProbe
    }

    let generation: UInt64
    let number: UInt32
    let expires: Int64
    var overdue: Int64?
    let holder: Caller
    var kind: Kind
    /// It has counted before it returned.
    var isJudged = false
    var holderIsGone = false
  }

  /// What ends by itself; the raw value is the order in which those of one instant happen.
  enum Deadline: Int {
    case endOfForce, retry, overdue, lease, maxWait, endOfRamp
  }

  var policy: Policy
  var state = State.closed
  var generation: UInt64
  var since: Int64
  var clock: Int64
  /// Retry time, end of a force, end of the wait of a half-open, or end of a ramp; nil: none.
  var end: Int64?
  var totals = Totals()
  var lapses = 0
  var openings = 0

  var tally = SlowTally()
  /// What the second policy sees.
  var shadow = SlowTally()
  /// The settled probes.
  var probes: [Past] = []
  /// Oldest first.
  var calls: [Call] = []
  var permitsGiven: UInt32 = 0
  /// Whether a caller, and not the prober, has had a permit in this generation.
  var hasProbed = false
  var failedChecks = 0
  var nextCheck: Int64
  var news: [News] = []

  init(following policy: Policy, at moment: Moment) {
    self.policy = policy
    self.generation = moment.nextGeneration
    self.since = moment.now.microseconds
    self.clock = moment.now.microseconds
    self.nextCheck = moment.now.microseconds
  }

  var permits: [Call] { calls.filter { $0.kind == .probe } }
}

// MARK: Time

extension SlowBreaker {
  typealias Due = (at: Int64, what: Deadline, number: UInt32, generation: UInt64)

  /// All that will happen by itself: when, what, and for calls to which.
  var deadlines: [Due] {
    var all: [Due] = []
    for call in calls {
      all.append((call.expires, .lease, call.number, call.generation))
      if let overdue = call.overdue, call.generation == generation, !call.isJudged {
        all.append((overdue, .overdue, call.number, call.generation))
      }
    }
    if let end {
      switch state {
      case .closed: all.append((end, .endOfRamp, 0, 0))
      case .open: all.append((end, .retry, 0, 0))
      case .halfOpen: all.append((end, .maxWait, 0, 0))
      case .forcedOpen, .forcedClosed, .observe: all.append((end, .endOfForce, 0, 0))
      }
    }
    return all
  }

  mutating func advance(to moment: Moment) -> Move? {
    let now = moment.now.microseconds
    while true {
      let due = deadlines.filter { $0.at <= now }
      let next = due.min {
        ($0.at, $0.what.rawValue, $0.number, $0.generation) < ($1.at, $1.what.rawValue, $1.number, $1.generation)
      }
      guard let next else { break }
      pass(to: next.at)
      if let move = happen(next, moment) { return move }
    }
    pass(to: now)
    return nil
  }

  private mutating func happen(_ due: Due, _ moment: Moment) -> Move? {
    let index = calls.firstIndex { $0.number == due.number && $0.generation == due.generation }
    switch due.what {
    case .endOfForce: return begin(state == .forcedOpen ? .halfOpen : .closed, .forceEnded, moment)
    case .retry: return begin(.halfOpen, .openElapsed, moment)
    case .maxWait: return open(.maxWait, moment)
    case .endOfRamp: end = nil
    case .lease:
      guard let index else { break }
      let call = calls.remove(at: index)
      guard call.kind == .probe else { break }
      totals[.lapsed] += 1
      lapses += 1
      return settle(call, Past(ended: clock, count: 1, failed: true, slow: false), .leaseLapsed(call.holder), moment)
    case .overdue:
      guard let index else { break }
      totals.failed += 1
      totals[.slow] += 1
      calls[index].isJudged = true
      let call = calls[index]
      news.append(.overdue(call.holder, at: Instant(microseconds: clock)))
      let failure = Past(ended: clock, count: 1, failed: true, slow: true)
      if call.kind == .probe {
        calls[index].kind = .failedProbe
        return settle(call, failure, .probeOverdue(call.holder), moment)
      }
      if case .moved(let move) = record(failure, .max, moment) { return move }
    }
    return nil
  }

  /// Time goes on, without a deadline on the way.
  private mutating func pass(to now: Int64) {
    tally.pass(from: clock, to: now, policy.trip)
    if let trip = policy.shadow { shadow.pass(from: clock, to: now, trip) }
    clock = now
    if state == .closed && clock - since >= policy.open.resetAfter.microseconds { openings = 0 }
  }
}

// MARK: Requests

extension SlowBreaker {
  mutating func allow(_ caller: Caller, lease: Timespan?, _ moment: Moment) -> Decision {
    let token = Token(generation: generation)
    switch state {
    case .forcedClosed: return .allow(.forcedClosed, token, lease: nil)
    case .observe: return .allow(.observe, token, lease: nil)
    case .open: return deny(.open, retryAfter(moment))
    case .forcedOpen: return deny(.forcedOpen, retryAfter(moment))
    case .closed:
      if let ramp = policy.ramp, end != nil {
        // Microsecond for microsecond: the share at a time, times 10^19 lengths of the ramp.
        let (start, length) = (Int128(ramp.start.basisPoints), Int128(ramp.duration.microseconds))
        let draw = min(Int128((moment.chance * 1e15).rounded()), 999_999_999_999_999) * 10_000 * length
        func passes(after elapsed: Int64) -> Bool {
          draw < (start * length + (10_000 - start) * Int128(elapsed)) * 1_000_000_000_000_000
        }
        if !passes(after: clock - since) {
          let end = end ?? clock
          var (low, high) = (clock, end)
          while high - low > 1 {
            let middle = low + (high - low) / 2
            if passes(after: middle - since) { high = middle } else { low = middle }
          }
          return deny(.ramp, Timespan(microseconds: high - clock))
        }
      }
      guard policy.calls.limit != nil || policy.calls.overdue != nil else { return .allow(.closed, token, lease: nil) }
      guard calls.count < policy.calls.limit ?? .max else { return deny(.saturated, nil) }
      let longest = max(policy.calls.lease, policy.halfOpen.maxLease)
      let granted = lease.map { min($0, longest) } ?? policy.calls.lease
      return .allow(.closed, begin(.plain, by: caller, for: granted), lease: granted)
    case .halfOpen:
      let isCheck = policy.check != nil && caller.isProber
      let isFree =
        isCheck
        ? !permits.contains { $0.holder.isProber } && clock >= nextCheck
        : !isProberAwaited(moment) && permits.count < missing
      guard isFree && permits.count < policy.halfOpen.probes else { return deny(.halfOpen, retryAfter(moment)) }
      guard calls.count < policy.calls.limit ?? .max else { return deny(.saturated, nil) }
      if isCheck {
        nextCheck = clock + (policy.check?.interval.microseconds ?? 0)
      } else {
        if !hasProbed, let maxWait = policy.halfOpen.maxWait { end = clock + maxWait.microseconds }
        hasProbed = true
      }
      let granted = min(lease ?? policy.halfOpen.lease, policy.halfOpen.maxLease)
      return .allow(.halfOpen, begin(.probe, by: caller, for: granted), lease: granted)
    }
  }

  private mutating func begin(_ kind: Call.Kind, by caller: Caller, for lease: Timespan) -> Token {
    permitsGiven += 1
    if kind == .probe { totals[.probes] += 1 }
    calls.append(
      Call(
        generation: generation, number: permitsGiven, expires: clock + lease.microseconds,
        overdue: policy.calls.overdue.map { clock + $0.microseconds }, holder: caller, kind: kind))
    return Token(generation: generation, permit: permitsGiven)
  }

  private mutating func deny(_ refusal: Decision.Refusal, _ retryAfter: Timespan?) -> Decision {
    totals[Totals.Kind(refusal)] += 1
    return .deny(refusal, retryAfter: retryAfter)
  }

  mutating func report(_ report: Report, at moment: Moment) -> Reply {
    let isOfThisGeneration = report.token.map { UInt64($0.generation) == generation % (1 << 24) } ?? true
    guard let index = indexOfCall(settledBy: report) else {
      guard isOfThisGeneration && report.token?.permit ?? 0 == 0 else { return stale() }
      switch state {
      case .open, .halfOpen:
        return stale()
      case .forcedOpen, .forcedClosed:
        count(report)
        return .totalsOnly
      case .closed, .observe:
        return record(report, moment)
      }
    }
    let call = calls.remove(at: index)
    guard call.generation == generation else { return stale() }
    if call.isJudged {
      count(report)
      return .totalsOnly
    }
    guard call.kind == .probe else { return record(report, moment) }
    count(report)
    if report.outcome == .ignore { return .counted }
    lapses = 0
    let settled = Past(ended: clock, count: 1, failed: report.outcome == .fail, slow: isSlow(report))
    return settle(call, settled, .probeFailed, moment).map { .moved($0) } ?? .counted
  }

  private func indexOfCall(settledBy report: Report) -> Int? {
    guard report.count == 1 else { return nil }
    if let token = report.token {
      return calls.firstIndex {
        $0.number == token.permit && $0.generation % (1 << 24) == UInt64(token.generation)
      }
    }
    let connection = report.caller.connection
    return calls.firstIndex { $0.kind == .probe && $0.holder.connection == connection }
      ?? calls.firstIndex { $0.holder.connection == connection }
      ?? calls.firstIndex { $0.kind == .probe && $0.holderIsGone && $0.holder.uid == report.caller.uid }
  }

  private mutating func record(_ report: Report, _ moment: Moment) -> Reply {
    count(report)
    if report.outcome == .ignore { return .counted }
    let call = Past(
      ended: clock - report.age.microseconds, count: report.count, failed: report.outcome == .fail,
      slow: isSlow(report))
    return record(call, report.duration?.microseconds, moment)
  }

  private mutating func record(_ call: Past, _ duration: Int64?, _ moment: Moment) -> Reply {
    if let trip = policy.shadow {
      let isSlow = if let limit = trip.slowCall, let duration { duration >= limit.microseconds } else { false }
      let seen = Past(ended: call.ended, count: call.count, failed: call.failed, slow: isSlow)
      news += shadow.observe(seen, trip, at: clock).map { .shadowWouldTrip($0, at: Instant(microseconds: clock)) }
    }
    guard state == .closed else {
      let causes = tally.observe(call, policy.trip, at: clock)
      return causes.isEmpty ? .counted : .wouldTrip(causes)
    }
    guard tally.count(call, policy.trip, at: clock), call.failed || call.slow || policy.trip.onSuccess,
      let rule = tally.holding(policy.trip, clock).first
    else { return .counted }
    return .moved(open(tally.cause(rule, policy.trip, clock), moment))
  }

  mutating func lose(connection: UInt64) -> Int {
    let before = calls.count
    calls.removeAll { $0.holder.connection == connection && $0.holder.isBound }
    for index in calls.indices where calls[index].holder.connection == connection {
      calls[index].holderIsGone = true
    }
    return before - calls.count
  }

  private mutating func stale() -> Reply {
    totals[.stale] += 1
    return .stale
  }

  private mutating func count(_ report: Report) {
    let count = UInt64(report.count)
    switch report.outcome {
    case .ok: totals.ok += count
    case .fail: totals.failed += count
    case .ignore: totals[.ignored] += count
    }
    if isSlow(report) { totals[.slow] += count }
  }

  private func isSlow(_ report: Report) -> Bool {
    guard report.outcome != .ignore, let limit = policy.trip.slowCall, let duration = report.duration else {
      return false
    }
    return duration >= limit
  }
}
