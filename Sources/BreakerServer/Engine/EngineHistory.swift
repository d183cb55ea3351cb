internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import BreakerStore
internal import Logging
internal import NIOCore

/// What was, why it was, and whether it is safe.
extension Engine {
  /// `+ok` when all that was decided before is durable.
  func sync(_ request: Request, _ session: Session) -> Step {
    let start = replies.bytes.count
    replies.ok(tag: request.tag)
    return hold(from: start, until: durability.decision, .admin, for: session)
  }

  func why(_ request: Request) {
    guard let entry = entry(named: request.name) else {
      refuse(request, unknown(request))
      return
    }
    var rows = Rows()
    rows.add { row in
      row.pair("name", name: entry.name)
      row.pair("state", entry.breaker.state.word)
      if let retryAfter = entry.breaker.retryAfter(at: moment) { row.pair("retry_ms", milliseconds: retryAfter) }
      row.pair("openings_in_a_row", number: UInt64(entry.breaker.openingsInARow(at: moment.now)))
      row.pair("permits_out", number: UInt64(entry.breaker.permitsOut))
      row.pair("calls_out", number: UInt64(entry.breaker.callsOut))
      if let limit = entry.breaker.policy.calls.limit { row.pair("limit", number: UInt64(limit)) }
      row.pair("lapses_in_a_row", number: UInt64(entry.breaker.lapses))
      let rule = entry.rule.rule
      row.pair("rule", text: rule.pattern)
      if let location = rule.location { row.pair("rule_at", text: location.description) }
      if let owner = rule.owner { row.pair("owner", text: owner) }
      if let runbook = rule.runbook { row.pair("runbook", text: runbook) }
    }
    if entry.breaker.lapses >= 3 {
      rows.add { row in
        row.pair("hint", "lease_shorter_than_call")
        row.pair("lease_ms", milliseconds: entry.breaker.policy.halfOpen.lease)
        row.pair("holder_pid", number: UInt64(max(entry.breaker.lapsedProcess, 0)))
      }
    }
    let explanation = entry.explanation ?? Explanation()
    for (word, move) in [("trip", explanation.trip), ("latest", explanation.latest)] {
      guard let move else { continue }
      rows.add { row in
        row.pair("event", text: word)
        row.pair("at", text: WallClock.text(move.at))
        row.pair("from", move.from.word)
        row.pair("to", move.to.word)
        row.pair("cause", move.cause.word)
        row.figures(of: move)
      }
    }
    for (wouldTrip, isShadow) in [(explanation.observed, false), (explanation.shadowed, true)] {
      guard let wouldTrip else { continue }
      rows.add { row in
        row.pair("event", "would_trip")
        row.pair("at", text: WallClock.text(wouldTrip.at))
        row.pair("cause", wouldTrip.cause.word)
        row.figures(of: wouldTrip.cause)
        if isShadow { row.pair("by", "shadow") }
        row.pair("times", number: UInt64(wouldTrip.times))
      }
    }
    for failure in explanation.causes + explanation.failures {
      rows.add { row in
        row.pair("event", "failure")
        row.pair("at", text: WallClock.text(failure.at))
        row.pair("age_ms", milliseconds: Instant(microseconds: clock.wall) - Instant(microseconds: failure.at))
        row.pair("pid", number: UInt64(max(failure.pid, 0)))
        row.pair("uid", number: UInt64(failure.uid))
        if !failure.client.isEmpty { row.pair("client", text: failure.client) }
        if failure.isSlow { row.pair("slow", "yes") }
        if !failure.errorClass.isEmpty { row.pair("err", text: failure.errorClass) }
      }
    }
    addHolders(of: entry, to: &rows)
    rows.reply(to: request, in: &replies)
  }

  // MARK: From the store

  func events(_ request: Request, _ session: Session) -> Step {
    guard let glob = Glob(request.name) else {
      refuse(request, RequestError(.badName, "not a glob"))
      return .next
    }
    let search = EventSearch(glob, since: request.since, limit: request.limit)
    return fromStore(request, session) { store throws(StoreError) in try search.advance(in: store) }
  }

  func backup(_ request: Request, _ session: Session) -> Step {
    let path = about.backups + "/breakerd-\(WallClock.fileText).sqlite"
    let actor = actor(request, session)
    Telling.acted(.backup, "*", by: actor, ["path": .string(path)], log)
    acted(.backup, by: actor, "path=\(PercentEncoding.encode(path))")
    return fromStore(request, session) { store throws(StoreError) in
      Directory.make(Directory.of(path))
      try store.backup(to: path)
      return { tag, replies in
        replies.begin("+", tag)
        replies.write("ok")
        replies.pair("path", text: path)
        replies.end()
      }
    }
  }

  /// Answers with what `slice` finds in the store, on the journal's thread, once it finds something; if that takes too
  /// long, with an error.
  private func fromStore(
    _ request: Request, _ session: Session,
    _ slice: @escaping @Sendable (Store) throws(StoreError) -> Question.Reply?
  ) -> Step {
    // What a client that is gone had sent is carried out, but nobody reads for it.
    guard session.isConnected else { return .next }
    let question = Question(session: session, tag: Array(request.tag), journal: journal)
    let bound = NIOLoopBound(question, eventLoop: eventLoop)
    let read = journal.read(for: session.user.uid, isPrivileged: session.kind == .admin) { store -> Question.Reply? in
      guard let store else { return { $1.error(RequestError(.readOnly, "the store is not open"), tag: $0) } }
      do throws(StoreError) {
        return try slice(store)
      } catch {
        return { $1.error(RequestError(.internal, "\(error)"), tag: $0) }
      }
    } then: { reply in
      bound.value.answer(reply)
    }
    guard let read else {
      refuse(
        request, RequestError(.internal, "too many requests wait for the store already: ask again later"))
      return .next
    }
    question.read = read
    question.limit = eventLoop.scheduleTask(in: .seconds(5)) {
      bound.value.answer { tag, replies in
        replies.error(RequestError(.internal, "the store did not answer within 5 s: see 'health'"), tag: tag)
      }
    }
    session.question = question
    return .wait
  }
}
