internal import BreakerBoard
internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import NIOCore

/// What anybody may look at. Nothing here moves a breaker; it only lets one's own deadlines pass.
extension Engine {
  func hello(_ request: Request, _ session: Session) {
    session.introduce(client: request.client, instance: request.instance, isBound: request.isBound)
    if let isProber = request.isProber, isProber != session.caller.isProber, session.role >= .use {
      session.becomeProber(isProber)
      probers += isProber ? 1 : -1
      if isProber { missingProber = [] }
    }
    replies.begin("+", request.tag)
    replies.write("ok")
    replies.pair("version", text: about.version)
    replies.pair("epoch", text: about.epoch)
    replies.pair("role", text: session.role.word)
    replies.pair("board", text: board?.path ?? "")
    replies.pair("max_line", number: UInt64(Limits.line))
    replies.end()
  }

  func help(_ request: Request) {
    let entries = request.topic.map { [$0.entry] } ?? VerbEntry.table
    replies.listHeader(count: entries.count, cursor: nil, tag: request.tag)
    for entry in entries {
      replies.write(" ")
      replies.write(entry.usage)
      replies.write(" - ")
      replies.write(entry.help)
      if entry.role == .admin { replies.write(" (admin)") }
      replies.end()
    }
  }

  func state(_ request: Request) {
    guard let entry = entry(named: request.name) else {
      refuse(request, unknown(request))
      return
    }
    replyState(of: entry, request)
  }

  // MARK: Lists

  func list(_ request: Request) {
    guard let glob = Glob(request.name) else {
      refuse(request, RequestError(.badName, "not a glob"))
      return
    }
    if glob.literal != nil {
      var rows = Rows()
      if let entry = entry(named: request.name) { row(entry, in: &rows) }
      rows.reply(to: request, in: &replies)
      return
    }
    page(of: table.slots, request) { entry, rows in
      guard glob.matches(entry.name), let entry = self.entry(named: entry.name) else { return }
      row(entry, in: &rows)
    }
  }

  func clients(_ request: Request) {
    page(of: sessions, request) { session, rows in
      session.judgeAgain()
      rows.add { row in
        row.pair("connection", number: session.caller.connection)
        row.pair("pid", number: UInt64(max(session.caller.pid, 0)))
        row.pair("uid", number: UInt64(session.caller.uid))
        row.pair("role", text: session.role.word)
        if let client = session.client { row.pair("client", text: client) }
        if let instance = session.instance { row.pair("name", text: instance) }
        row.pair("bound", session.caller.isBound ? "yes" : "no")
        row.pair("requests", number: session.requests)
        row.pair("connected_ms", milliseconds: moment.now - session.connectedAt)
      }
    }
  }

  /// One page of a table: it ends at the limit of rows or of places looked at, whichever comes first.
  private func page<Element>(
    of table: SlotTable<Element>, _ request: Request, _ add: (Element, inout Rows) -> Void
  ) {
    var rows = Rows()
    var next = request.cursor
    for slot in table.slice(from: request.cursor, limit: limits.slice) {
      guard rows.count < request.limit else { break }
      if let element = table[slot] { add(element, &rows) }
      next = slot + 1
    }
    work += (next - request.cursor) / 10
    rows.reply(to: request, cursor: table.isEnd(next) ? nil : next, in: &replies)
  }

  private func row(_ entry: Entry, in rows: inout Rows) {
    let totals = entry.breaker.totals
    rows.add { row in
      row.pair("name", name: entry.name)
      row.pair("state", entry.breaker.state.word)
      if let retryAfter = entry.breaker.retryAfter(at: moment) { row.pair("retry_ms", milliseconds: retryAfter) }
      row.pair("in_state_ms", milliseconds: moment.now - entry.breaker.since)
      row.pair("ok", number: totals.ok)
      row.pair("failed", number: totals.failed)
      row.pair("refused", number: totals.refused)
      row.pair("opened", number: totals[.opened])
      if let owner = entry.rule.rule.owner { row.pair("owner", text: owner) }
    }
  }

  // MARK: One breaker, one daemon

  func show(_ request: Request) {
    guard let entry = entry(named: request.name) else {
      refuse(request, unknown(request))
      return
    }
    var rows = Rows()
    rows.add("name", String(decoding: entry.name, as: UTF8.self))
    rows.add("state", entry.breaker.state.word.description)
    if let retryAfter = entry.breaker.retryAfter(at: moment) {
      rows.add("retry_ms", "\(max(retryAfter.millisecondsRoundedUp, 0))")
    }
    rows.add("in_state_ms", "\((moment.now - entry.breaker.since).millisecondsRoundedUp)")
    rows.add("generation", "\(entry.breaker.generation & 0xFF_FFFF)")
    if let latest = entry.explanation?.latest {
      rows.add("from", latest.from.word.description)
      rows.add("cause", latest.cause.word.description)
      for figure in latest.cause.figures { rows.add("cause.\(figure.key)", figure.value.description) }
    }
    let window = entry.breaker.windowCounts(at: moment.now)
    rows.add("run", "\(entry.breaker.run)")
    rows.add("window.calls", "\(window.total)")
    rows.add("window.failures", "\(window.failures)")
    rows.add("window.slow", "\(window.slow)")
    if let shadow = entry.breaker.shadowFigures(at: moment.now) {
      rows.add("shadow.run", "\(shadow.run)")
      rows.add("shadow.window.calls", "\(shadow.window.total)")
      rows.add("shadow.window.failures", "\(shadow.window.failures)")
      rows.add("shadow.window.slow", "\(shadow.window.slow)")
    }
    rows.add("openings_in_a_row", "\(entry.breaker.openingsInARow(at: moment.now))")
    rows.add("permits_out", "\(entry.breaker.permitsOut)")
    rows.add("calls_out", "\(entry.breaker.callsOut)")
    rows.add("lapses_in_a_row", "\(entry.breaker.lapses)")
    rows.add("failed_checks", "\(entry.breaker.failedChecks)")
    let totals = entry.breaker.totals
    for (key, value) in [
      ("ok", totals.ok), ("failed", totals.failed), ("slow", totals[.slow]), ("ignored", totals[.ignored]),
      ("stale", totals[.stale]), ("refused", totals.refused), ("probes", totals[.probes]), ("lapsed", totals[.lapsed]),
      ("opened", totals[.opened]),
    ] {
      rows.add(key, "\(value)")
    }
    let rule = entry.rule.rule
    rows.add("rule", rule.pattern)
    if let location = rule.location { rows.add("rule_at", location.description) }
    if let owner = rule.owner { rows.add("owner", owner) }
    if let runbook = rule.runbook { rows.add("runbook", runbook) }
    for (key, value) in entry.breaker.policy.settings { rows.add("policy.\(key)", value) }
    for (key, value) in entry.overrides ?? PolicySettings() { rows.add("set.\(key)", value) }
    if entry.ignoresOverrides { rows.add("set_without_effect", "yes") }
    rows.reply(to: request, in: &replies)
  }

  func stats(_ request: Request) {
    var rows = Rows()
    rows.add("version", about.version)
    rows.add("epoch", about.epoch)
    rows.add("pid", "\(ProcessFacts.pid)")
    rows.add("uptime_ms", "\((moment.now - about.start.now).microseconds / 1_000)")
    rows.add("socket", about.socket.path)
    rows.add("admin_socket", about.adminSocket.path)
    rows.add("state", about.state)
    rows.add("breakers", "\(table.count)")
    rows.add("breakers_limit", "\(limits.breakers)")
    rows.add("calls_out", "\(callsOut)")
    rows.add("calls_limit", "\(limits.calls)")
    rows.add("connections", "\(sessions.count)")
    rows.add("connections_limit", "\(limits.connections)")
    for (key, value) in [
      ("connections_total", counters.connections), ("connections_refused", counters.refusedConnections),
      ("connections_stalled", counters.stalledConnections), ("requests_total", counters.requests),
      ("errors_total", counters.errors), ("unmanaged_total", counters.unmanaged),
      ("untracked_total", counters.untracked),
      ("transitions_total", counters.transitions), ("forgotten_total", counters.forgotten),
      ("reloads_total", counters.reloads), ("reloads_failed_total", counters.failedReloads),
      ("log_dropped_total", sink.dropped),
      ("events_dropped_total", journal.droppedEvents),
    ] {
      rows.add(key, "\(value)")
    }
    if let writer = board?.writer {
      for (key, value) in [
        ("board_slots", writer.slots), ("board_names", writer.names), ("board_overflow", writer.overflow),
        ("board_replaced", writer.replacements),
      ] { rows.add(key, "\(value)") }
      rows.add("board_changes", "\(writer.changes)")
    }
    rows.add("rules", "\(ruleset.configuration.rules.count)")
    rows.add("watchers", "\(watchers.count)")
    rows.add("store", durability.word.description)
    rows.add("newest_event", "\(durability.nextSequence - 1)")
    rows.add("changes_waiting", "\(durability.waiting)")
    rows.reply(to: request, in: &replies)
  }

  private static let healthWork = 8

  func health(_ request: Request) {
    // It looks at files.
    work += Self.healthWork
    replies.begin("+", request.tag)
    let troubles = self.troubles
    replies.write(troubles.isEmpty ? "ok healthy" : "ok degraded")
    for trouble in troubles { replies.pair("reason", text: trouble) }
    replies.pair("breakers", number: UInt64(table.count))
    replies.pair("connections", number: UInt64(sessions.count))
    replies.pair("store", durability.word)
    if case .failing(let why) = durability.health { replies.pair("detail", text: why) }
    replies.end()
  }

  /// What an admin should look after.
  var troubles: [String] {
    var troubles: [String] = []
    switch durability.health {
    case .well: if durability.isSlow(at: moment.now) { troubles.append("store_slow") }
    case .opening: troubles.append("store_opening")
    case .failing: troubles.append("store_failing")
    }
    troubles += durability.damages.filter(\.isThere).map(\.word)
    if lastReloadFailed { troubles.append("reload_failed") }
    if ignoredOverrides > 0 { troubles.append("overrides_without_effect") }
    if table.count >= limits.breakers { troubles.append("breakers_full") }
    if hasLittleRoom { troubles.append("calls_full") }
    if isMissingProber { troubles.append("no_prober") }
    if let board { if board.writer.needsRoom, !board.isGrowing { troubles.append("board_full") } }
    if board == nil { troubles.append("no_board") }
    if !about.socket.isInPlace { troubles.append("socket_gone") }
    if !about.adminSocket.isInPlace { troubles.append("admin_socket_gone") }
    return troubles
  }
}
