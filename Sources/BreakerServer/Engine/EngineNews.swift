internal import BreakerCore
internal import BreakerProtocol

/// What happens beside transitions.
extension Engine {
  /// Takes note of what a breaker has to tell.
  func tellNews(of entry: Entry) {
    for news in entry.breaker.takeNews() {
      switch news {
      case .overdue(let holder, let time):
        counted(entry)
        let session = sessionOf[holder.connection]
        let failure = Explanation.Failure(
          at: clock.wall(time), pid: holder.pid, uid: holder.uid, client: session?.displayName ?? "",
          errorClass: "overdue")
        entry.explain { $0.note(failure) }
      case .shadowWouldTrip(let cause, let time):
        wouldTrip(entry, cause, isShadow: true, at: time)
      }
    }
  }

  /// Takes note of a rule that has come to hold, of those that only tell. Each time counts, but of a rule that comes and goes
  /// all the time not all are told: they would push out of the history what was done and decided.
  func wouldTrip(_ entry: Entry, _ cause: Cause, isShadow: Bool = false, at time: Instant) {
    entry.explain { $0.note(wouldTrip: cause, isShadow: isShadow, at: clock.wall(time)) }
    guard entry.mayTellAgain(isShadow: isShadow, at: moment.now), wouldTripPace.take(at: moment.now) else { return }
    Telling.wouldTrip(entry, cause, isShadow: isShadow, log)
    durability.takeTicket(at: moment.now)
    journal.put(event(of: entry, .wouldTrip(cause, isShadow: isShadow), at: time), ticket: durability.ticket)
  }

  /// Keeps who told of a failure, for `why`.
  func note(_ report: Report, _ request: Request, _ session: Session, _ entry: Entry) {
    let isSlow = report.outcome == .ok && report.duration != nil && entry.breaker.isTooSlow(report)
    guard report.outcome == .fail || isSlow else { return }
    let failure = Explanation.Failure(
      at: clock.wall(clock.now - report.age), isSlow: isSlow, pid: session.caller.pid, uid: session.caller.uid,
      client: session.displayName ?? "", errorClass: request.errorClass ?? "")
    entry.explain { $0.note(failure) }
  }

  /// Takes note of what a move says of checks: that there is no prober, so that the breaker recovers by traffic, or that
  /// the last attempt has failed, which somebody should look at.
  func noteChecks(_ entry: Entry, _ transition: Transition) {
    guard entry.breaker.policy.check != nil else { return }
    // Not by their number: that of the attempts allowed may have been changed meanwhile.
    if case .checksFailed(let attempts) = transition.cause, entry.explanation?.exhaustions == 1 {
      Telling.alert(entry, attempts: attempts, log)
      journal.put(event(of: entry, .alert(transition.cause), at: transition.at), ticket: durability.ticket)
    }
    guard !moment.hasProber, transition.to == .open || transition.to == .halfOpen else { return }
    missProber(entry)
  }

  /// Takes note of a permit: a caller tries what the prober should, if that is gone or late.
  func noteProbe(_ entry: Entry, by caller: Caller) {
    guard entry.breaker.policy.check != nil else { return }
    if caller.isProber { missingProber = [] } else { missProber(entry) }
  }

  private func missProber(_ entry: Entry) {
    if !isMissingProber { Telling.noProber(entry, log) }
    if missingProber.count < limits.slice { missingProber.insert(entry.slot) }
  }

  /// Whether a breaker that is still to be checked had to do without the prober.
  var isMissingProber: Bool { missingProber.contains { table.slots[$0]?.breaker.policy.check != nil } }
}
