import BreakerConfiguration
import BreakerCore

@testable import BreakerServer
@testable import BreakerStore

/// A breaker of an earlier run, in use.
struct Use: ~Copyable {
  private var breaker: Breaker
  private let snapshot: Snapshot
  private(set) var explanation: Explanation
  private var moment: Moment
  /// What chooses what comes next.
  private var choice: Int

  private static let now = Instant(microseconds: 1_000_000_000)
  /// When rows are read.
  static let time = ClockReading(now: now, offset: Timespan(microseconds: 1_700_000_000_000_000))

  init(of snapshot: Snapshot, following policy: Policy, explanation: Explanation, _ choice: Int) {
    self.snapshot = snapshot
    self.explanation = explanation
    self.choice = choice
    moment = Moment(now: Self.now, nextGeneration: 9, chance: 0.5, hasProber: choice & 64 != 0)
    breaker = Breaker(following: policy, remembering: snapshot.memory, at: moment)
  }

  /// Calls, deadlines, and what admins do.
  mutating func goThrough() {
    advance()
    for step in 0..<6 {
      call((choice + step) % 3 == 0 ? .ok : .fail)
      look()
      moment.now = moment.now + .milliseconds(Int64(step) * 4_000)
      advance()
    }
    switch choice >> 2 & 3 {
    case 0: moved(breaker.reset(at: moment))
    case 1: moved(breaker.force(.observe, until: moment.now + .seconds(1), at: moment))
    case 2: moved(breaker.release(at: moment))
    default: break
    }
    call(.fail)
    moment.now = moment.now + .seconds(1 << 32)
    advance()
    look()
  }

  private mutating func advance() {
    // A breaker whose deadlines never end is one that hangs.
    for _ in 0..<10_000 {
      guard let transition = breaker.advance(to: moment) else {
        precondition(breaker.nextDeadline > moment.now)
        return
      }
      moved(transition)
    }
    preconditionFailure("its deadlines do not end")
  }

  private mutating func call(_ outcome: Outcome) {
    let caller = Caller(connection: 1, uid: 2, pid: 3)
    var token: Token?
    if case .allow(_, let given, _) = breaker.allow(caller, at: moment) { token = given }
    let report = Report(outcome, token: token, duration: .milliseconds(200), caller: caller)
    switch breaker.report(report, at: moment) {
    case .moved(let transition): moved(transition)
    case .wouldTrip(let causes):
      for cause in causes { explanation.note(wouldTrip: cause, isShadow: false, at: Self.time.wall(moment.now)) }
    case .counted, .totalsOnly, .stale: break
    }
    _ = breaker.takeNews()
  }

  private mutating func moved(_ transition: Transition?) {
    guard let transition else { return }
    precondition(breaker.state == transition.to)
    explanation.note(transition, at: Self.time.wall(moment.now))
    moment.nextGeneration += 1
  }

  private mutating func look() {
    if let retryAfter = breaker.retryAfter(at: moment) { precondition(retryAfter >= .zero) }
    let counts = breaker.windowCounts(at: moment.now)
    precondition(counts.failures <= counts.total && counts.slow <= counts.total)
    precondition(breaker.openingsInARow(at: moment.now) >= 0)
    _ = breaker.mustAsk(at: moment)
    _ = breaker.slowCall
  }

  /// What is kept of it comes back. Times that nobody lives to see are brought nearer.
  func isKept() {
    let time = ClockReading(now: moment.now, offset: Self.time.offset)
    let memory = breaker.memory
    let row = RowCoding.row(
      of: Snapshot(
        name: snapshot.name, memory: memory, overrides: snapshot.overrides, history: .known(explanation), time: time))
    guard let again = RowCoding.snapshot(of: row, at: time) else {
      return precondition(!memory.isOrdinary(at: moment.now), "\(memory)")
    }
    precondition(again.overrides == snapshot.overrides && again.memory.state == memory.state)
    precondition(again.memory == memory || !memory.isOrdinary(at: moment.now), "\(memory), then \(again.memory)")
  }
}

extension BreakerMemory {
  /// Whether its times and counts are such as can come about.
  fileprivate func isOrdinary(at now: Instant) -> Bool {
    func isNear(_ time: Instant) -> Bool { -1 << 60...1 << 60 ~= time.microseconds }
    return isNear(since) && (runEnd == .distantPast || isNear(runEnd))
      && (until == .never || until >= now && isNear(until)) && timeBuckets.allSatisfy { isNear($0.start) }
      && max(run, counts.total, failedChecks, timeBuckets.map(\.calls.total).max() ?? 0) <= 1 << 48
      && openings <= 1 << 32 && counts.failures <= counts.total && counts.slow <= counts.total
  }
}
