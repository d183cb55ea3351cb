/// What most breakers never need, out of line: who never was half-open, and has a policy without extras, does without.
///
/// Made once, and kept: a breaker that goes through its states again and again allocates nothing.
@usableFromInline final class RareState {
  /// The probes that are out.
  var probes = PermitSet()
  /// The other calls that are tracked.
  var calls = CallBook()
  /// Number of the latest permit of the generation; 0: there has been none.
  private var lastPermit: UInt32 = 0
  /// Probe leases that ended in a row.
  var lapses: Int32 = 0
  /// The process that let the last of them end.
  var lapsedProcess: Int32 = 0
  /// Whether a caller has had a permit in this generation; checks are no callers.
  var hasProbed = false
  /// Checks that have failed since the breaker opened.
  var failedChecks = 0
  /// From when on the prober may check again.
  var nextCheck = Instant.zero
  /// The second policy's view; nil: there is no second policy.
  var shadow: Shadow?
  /// How many calls were out when the keeper asked last.
  var toldCallsOut = 0
  /// What the keeper has not been told yet.
  var news: [News] = []

  /// A permit or a tracked call.
  enum Taken {
    case probe(Permit)
    case call(TrackedCall)
  }

  /// What came due by itself.
  enum Due {
    case overdueProbe(Permit)
    case overdueCall(TrackedCall)
    case lapsedProbe(Permit)
    case endedCall
  }

  /// Has permits begin somewhere, by chance from 0 to 1.
  func beginPermits(after chance: Double) { lastPermit = UInt32(chance * 0x7FFF_FFFF) }

  func nextPermit() -> UInt32 {
    lastPermit = lastPermit == .max ? 1 : lastPermit + 1
    return lastPermit
  }

  /// Calls that hold a slot: probes do too.
  var callsOut: Int { probes.count + calls.count }

  /// Whether the prober is trying the dependency right now.
  var isChecking: Bool { probes.contains { $0.holder.isProber } }

  /// Ends what belongs to a generation. Slots stay.
  func begin(generation: UInt64) {
    probes.removeAll()
    calls.begin(generation: generation)
    lastPermit = 0
    hasProbed = false
    shadow?.clear()
  }

  /// Keeps a piece of news. Of calls that are overdue only the latest are kept, if there are many before anybody asks:
  /// what a rule says is said once.
  func tell(_ news: News) {
    if self.news.count == News.limit {
      self.news.remove(at: self.news.firstIndex { $0.isOfCall } ?? 0)
    }
    self.news.append(news)
  }

  /// Takes out what a report settles; nil: nothing that is out.
  ///
  /// Without a token it is the connection's own oldest probe, else its own oldest call, else the oldest probe of the same
  /// user whose connection is gone.
  func take(settledBy report: Report, in generation: UInt64) -> Taken? {
    guard report.count == 1 else { return nil }
    if let token = report.token {
      guard token.permit != 0 else { return nil }
      if token.belongs(to: generation), let permit = probes.take(number: token.permit) { return .probe(permit) }
      return calls.take(token).map { .call($0) }
    }
    let caller = report.caller
    if let permit = probes.takeOldest(of: caller.connection) { return .probe(permit) }
    if let call = calls.takeOldest(of: caller.connection) { return .call(call) }
    return probes.takeOrphan(of: caller.uid).map { .probe($0) }
  }

  // MARK: Time

  /// When something comes due next; ``Instant/never`` if nothing does.
  var nextDeadline: Instant { min(probes.nextDeadline, calls.next?.at ?? .never) }

  /// Takes out the first that comes due at `now`, or earlier: what is overdue before leases that end, then by number, of
  /// one number that of the earlier generation.
  func takeDue(at now: Instant) -> Due? {
    if let permit = probes.takeOverdue(at: now) { return .overdueProbe(permit) }
    guard let next = calls.next, next.at <= now else { return probes.takeExpired(at: now).map { .lapsedProbe($0) } }
    if next.kind == .overdue { return calls.judgeNext().map { .overdueCall($0) } }
    if let permit = probes.takeExpired(at: now, before: next.number) { return .lapsedProbe(permit) }
    return calls.takeNext().map { _ in .endedCall }
  }
}
