internal import BreakerCore
internal import BreakerProtocol

/// The requests that guarded calls consist of.
extension Engine {
  func allow(_ request: Request, _ session: Session) {
    guard let entry = entry(creating: request.name, for: session) else {
      replies.unmanaged(tag: request.tag)
      return
    }
    if entry.breaker.isRamping { draw() }
    guard mayReport(session, on: entry) else {
      observe(entry, request, session)
      return
    }
    if !entry.breaker.isPlain { moment.room = room(for: entry) }
    let decision = entry.breaker.allow(session.caller, lease: request.lease, at: moment)
    replies.decision(decision, tag: request.tag)
    switch decision {
    case .deny: counted(entry)
    case .allow(let allowance, let token, _):
      guard !entry.breaker.isPlain else { return }
      granted(allowance, token, entry, session)
    }
  }

  /// Takes note of a call that is let pass where calls may be watched.
  private func granted(_ allowance: Decision.Allowance, _ token: Token, _ entry: Entry, _ session: Session) {
    guard token.permit != 0 else {
      if allowance == .closed, moment.room != .free, entry.breaker.policy.calls.areTracked { counters.untracked &+= 1 }
      return
    }
    if allowance == .halfOpen { noteProbe(entry, by: session.caller) }
    let connection = session.caller.connection
    session.holdings.insert(entry.slot) { table.slots[$0]?.breaker.hasPermit(of: connection) ?? false }
    reschedule(entry)
  }

  func report(_ request: Request, _ session: Session) -> Step {
    guard let entry = entry(creating: request.name, for: session) else {
      refuse(request, full(session))
      return .next
    }
    guard mayReport(session, on: entry) else {
      refuse(request, Access.noReporter(entry, session))
      return .next
    }
    counted(entry)
    let report = Report(
      request.outcome, token: request.token, duration: request.duration, count: request.count, age: request.age,
      caller: session.caller)
    let receipt = entry.breaker.report(report, at: moment)
    if case .counted = receipt, entry.breaker.isPlain {
      // Nearly every report: neither a deadline nor what the board says can have changed.
      note(report, request, session, entry)
      if !request.isQuiet { replyState(of: entry, request) }
      return .next
    }
    tellNews(of: entry)
    switch receipt {
    case .stale:
      // It may have freed a slot all the same.
      reschedule(entry)
      if !request.isQuiet { replies.ok("stale", tag: request.tag) }
      return .next
    case .totalsOnly: break
    case .counted: note(report, request, session, entry)
    case .moved(let transition):
      note(report, request, session, entry)
      moved(entry, transition)
    case .wouldTrip(let causes):
      note(report, request, session, entry)
      for cause in causes { wouldTrip(entry, cause, at: moment.now) }
    }
    reschedule(entry)
    guard !request.isQuiet else { return .next }
    let start = replies.bytes.count
    replyState(of: entry, request)
    guard case .moved = receipt else { return .next }
    return hold(from: start, until: durability.ticket, .report, for: session)
  }

  func denied(_ request: Request, _ session: Session) {
    guard let entry = entry(creating: request.name, for: session) else {
      refuse(request, full(session))
      return
    }
    guard mayReport(session, on: entry) else {
      refuse(request, Access.noReporter(entry, session))
      return
    }
    counted(entry)
    entry.breaker.refusedElsewhere(UInt64(request.count))
    if !request.isQuiet { replyState(of: entry, request) }
  }

  /// `+ok STATE [retry_ms=N]`, as of now.
  func replyState(of entry: Entry, _ request: Request) {
    let state = entry.breaker.state
    let retryAfter: Timespan? =
      switch state {
      case .open, .forcedOpen: entry.breaker.retryAfter(at: moment)
      case .closed, .halfOpen, .forcedClosed, .observe: nil
      }
    replies.state(state, retryAfter: retryAfter, tag: request.tag)
  }
}
