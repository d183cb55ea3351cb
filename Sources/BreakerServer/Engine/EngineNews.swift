internal import BreakerCore
internal import BreakerProtocol

/// What happens beside transitions.
extension Engine {
  /// Takes note of what a breaker has to tell.
  func tellNews(of entry: Entry) {
    for news in entry.breaker.takeNews() {
      switch news {
      case .overdue(let holder):
        counted(entry)
        let failure = Explanation.Failure(
          at: clock.wall, pid: holder.pid, uid: holder.uid, client: "", errorClass: "overdue")
        entry.explain { $0.note(failure) }
      case .shadowWouldTrip(let cause):
        wouldTrip(entry, cause, isShadow: true)
      }
    }
  }

  /// Takes note of a rule that has come to hold, of those that only tell.
  func wouldTrip(_ entry: Entry, _ cause: Cause, isShadow: Bool = false) {
    Telling.wouldTrip(entry, cause, isShadow: isShadow, log)
    durability.takeTicket(at: moment.now)
    journal.put(event(of: entry, .wouldTrip(cause, isShadow: isShadow)), ticket: durability.ticket)
    entry.explain { $0.note(wouldTrip: cause, isShadow: isShadow, at: clock.wall) }
  }

  /// Keeps who told of a failure, for `why`.
  func note(_ report: Report, _ request: Request, _ session: Session, _ entry: Entry) {
    let isSlow = report.outcome == .ok && entry.breaker.isTooSlow(report)
    guard report.outcome == .fail || isSlow else { return }
    let failure = Explanation.Failure(
      at: (clock.now + clock.offset - report.age).microseconds, isSlow: isSlow, pid: session.caller.pid,
      uid: session.caller.uid, client: session.instance ?? session.client ?? "", errorClass: request.errorClass ?? "")
    entry.explain { $0.note(failure) }
  }

  /// Takes note of what a move says of checks: that there is no prober, so that the breaker recovers by traffic, or that
  /// the last attempt has failed, which somebody should look at.
  func noteChecks(_ entry: Entry, _ transition: Transition) {
    guard entry.breaker.policy.check != nil else { return }
    // Not by their number: that of the attempts allowed may have been changed meanwhile.
    if case .checksFailed(let attempts) = transition.cause, entry.explanation?.exhaustions == 1 {
      Telling.alert(entry, attempts: attempts, log)
      journal.put(event(of: entry, .alert(transition.cause)), ticket: durability.ticket)
    }
    guard !moment.hasProber, transition.to == .open || transition.to == .halfOpen else { return }
    missProber(entry)
  }

  /// Takes note of a permit: a caller tries what the prober should, if that is gone.
  func noteProbe(_ entry: Entry) {
    guard !hasMissedProber, !moment.hasProber, entry.breaker.policy.check != nil else { return }
    missProber(entry)
  }

  private func missProber(_ entry: Entry) {
    hasMissedProber = true
    Telling.noProber(entry, log)
  }
}
