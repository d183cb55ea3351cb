internal import BreakerCore
internal import BreakerProtocol
internal import BreakerStore
internal import Logging
internal import NIOCore

/// What the engine tells its journal, and hears from it.
extension Engine {
  // MARK: Telling

  /// Hands all that is kept of the entry, and an event, to the journal. Its reply can wait for ``Durability/ticket``.
  func save(_ entry: Entry, _ event: Event?) {
    entry.isDirty = false
    durability.takeTicket(at: moment.now)
    journal.put(.save(entry.snapshot(at: clock)), event, ticket: durability.ticket)
  }

  /// Hands what was counted to the journal. Nobody waits for that.
  private func saveCounts(of entry: Entry) {
    entry.isDirty = false
    durability.takeTicket(at: moment.now, isDecision: false)
    journal.put(.save(entry.snapshot(at: clock)), nil, ticket: durability.ticket)
  }

  /// Hands the news that an entry is gone to the journal.
  func saveRemoval(of entry: Entry, _ event: Event?) {
    durability.takeTicket(at: moment.now)
    let name = String(decoding: entry.name, as: UTF8.self)
    durability.noteForgotten(entry.name)
    journal.put(.remove(name), event, ticket: durability.ticket)
  }

  /// The next event of one breaker.
  func event(of entry: Entry, _ kind: Event.Kind, by actor: Actor? = nil, at time: Instant? = nil) -> Event {
    event(named: String(decoding: entry.name, as: UTF8.self), kind, by: actor, at: time)
  }

  /// The next event, of one breaker or of all, `*`; its number is never given again.
  ///
  /// - Parameter time: When it happened; nil: now. What a deadline brings happens then, whenever the daemon gets to it.
  func event(named name: String, _ kind: Event.Kind, by actor: Actor? = nil, at time: Instant? = nil) -> Event {
    let sequence = durability.nextSequence
    durability.nextSequence += 1
    reserveNumbers()
    return Event(
      sequence: Int64(clamping: sequence), at: clock.wall(time ?? clock.now), name: name, kind: kind, actor: actor)
  }

  /// Reserves the next block of each kind of number of which half has been used, once it is known what is reserved.
  func reserveNumbers() {
    guard durability.knowsNumbers else { return }
    let sequenceIsShort = durability.nextSequence + Journal.sequenceBlock / 2 > durability.sequenceBound
    let generationIsShort = moment.nextGeneration + Journal.block / 2 > durability.generationBound
    guard sequenceIsShort || generationIsShort else { return }
    if sequenceIsShort { durability.sequenceBound = durability.nextSequence + Journal.sequenceBlock }
    if generationIsShort { durability.generationBound = moment.nextGeneration + Journal.block }
    durability.takeTicket(at: moment.now, isDecision: false)
    journal.put(durability.bounds, ticket: durability.ticket)
  }

  /// Something was counted: the row is saved within a minute.
  func counted(_ entry: Entry) {
    entry.isDirty = true
    guard durability.sweepAt == .never else { return }
    durability.sweepAt = moment.now + limits.saveInterval
    armTimer()
  }

  /// Saves the rows of which only counters have changed, a few in each commit.
  func sweep() {
    // One at a time. And a breaker that was only counted must not be saved over the row of an earlier run that is still
    // to come.
    guard durability.isLoaded, durability.sweep == nil else {
      durability.sweepAt = moment.now + limits.saveInterval
      return
    }
    sweep(from: 0)
  }

  private func sweep(from cursor: Int) {
    let longAgo = clock.wall - Explanation.memory.microseconds
    var next = cursor
    var saved = 0
    for slot in table.slots.slice(from: cursor, limit: limits.slice) where saved < Durability.sweepSize {
      next = slot + 1
      guard let entry = table.slots[slot] else { continue }
      if entry.breaker.state == .closed { entry.forgetFailures(before: longAgo) }
      guard entry.isDirty else { continue }
      saveCounts(of: entry)
      saved += 1
    }
    guard !table.slots.isEnd(next) else {
      durability.sweep = nil
      return
    }
    durability.sweep = Durability.Sweep(cursor: next, ticket: saved > 0 ? durability.ticket : nil)
    if saved == 0 { turns.add { self.goOnSweeping() } }
  }

  private func goOnSweeping() {
    guard let sweep = durability.sweep else { return }
    tick()
    self.sweep(from: sweep.cursor)
  }

  /// Saves every row that is not saved yet; at the end.
  func saveAll() {
    tick()
    guard durability.isLoaded else { return }
    for slot in table.slots.slice(from: 0, limit: .max) {
      if let entry = table.slots[slot], entry.isDirty { saveCounts(of: entry) }
    }
  }

  // MARK: Replies that wait

  /// Holds the line written since `start` back until `ticket` is durable, at most as long as `patience` says.
  func hold(
    from start: Int, until ticket: UInt64, _ patience: HeldReplies.Patience, for session: Session
  ) -> Step {
    // What a client that is gone had sent is carried out, but nobody waits for the replies.
    guard ticket > durability.committed, session.isConnected else { return .next }
    let line = replies.cutLine(from: start)
    if durability.isFailing {
      replies.append(line: line, isUnsaved: true)
      return .next
    }
    session.heldReply = durability.held.append(line, for: session, ticket: ticket, patience, at: moment.now)
    armTimer()
    return .wait
  }

  /// The same for a session that waits already.
  func hold(_ line: [UInt8], until ticket: UInt64, _ patience: HeldReplies.Patience, for session: Session) {
    let isDurable = ticket <= durability.committed
    guard !isDurable, !durability.isFailing, session.isConnected else {
      session.answer { $0.append(line: line, isUnsaved: !isDurable) }
      return
    }
    session.heldReply = durability.held.append(line, for: session, ticket: ticket, patience, at: moment.now)
    armTimer()
  }

  /// Sends the replies that have waited long enough.
  func releaseExpired() {
    while let reply = durability.held.popExpired(at: moment.now) { release(reply, isUnsaved: true) }
  }

  private func release(_ reply: HeldReplies.Reply, isUnsaved: Bool) {
    reply.session?.answer { $0.append(line: reply.line, isUnsaved: isUnsaved) }
  }

  /// Whether everything is durable, or cannot be.
  var isSaved: Bool { durability.waiting == 0 || durability.isFailing }

  // MARK: Hearing

  /// Opens the store; `then` is called when what it holds is here, or it has failed.
  func openStore(then: @escaping () -> Void) {
    let bound = NIOLoopBound((engine: self, then: then), eventLoop: eventLoop)
    journal.open { news in
      bound.value.engine.hear(news)
      switch news {
      case .loaded, .failed: bound.value.then()
      case .numbers, .coming, .breakers, .damaged, .committed, .lost: break
      }
    }
  }

  func hear(_ news: Journal.News) {
    tick()
    switch news {
    case .numbers(let numbers):
      continueNumbers(numbers)
    case .coming(let breakers):
      expect(breakers: breakers)
    case .breakers(let snapshots):
      for index in snapshots.indices { restore(snapshots[index]) }
    case .loaded(let damages):
      durability.damages = damages
      durability.loaded()
      log.notice("store open", metadata: ["breakers": "\(table.count)"])
      for damage in damages { log.error("store damaged", metadata: damage.facts) }
      if durability.mustRewrite { rewrite() } else { durability.health = .well }
      tellStatus()
    case .damaged(let damage):
      durability.damages.append(damage)
      log.error("store damaged", metadata: damage.facts)
      tellStatus()
    case .committed(let ticket):
      counters.commits &+= 1
      guard ticket >= durability.reliableFrom else { return }
      if durability.health != .well {
        log.notice("store well again")
        durability.health = .well
        tellStatus()
      }
      durability.commit(ticket, at: moment.now)
      if let swept = durability.sweep?.ticket, swept <= ticket {
        durability.sweep?.ticket = nil
        turns.add { self.goOnSweeping() }
      }
      while let reply = durability.held.popCommitted(ticket) { release(reply, isUnsaved: false) }
    case .lost:
      // Nothing is durable before all is written again.
      durability.lose()
    case .failed(let reason):
      counters.failedCommits &+= 1
      if !durability.isFailing { log.error("store fails, decisions go on", metadata: ["why": "\(reason)"]) }
      durability.health = .failing(reason)
      tellStatus()
      while let reply = durability.held.popExpired(at: .never) { release(reply, isUnsaved: true) }
    }
  }

  /// Saves everything into a store that has taken the place of a lost one, a slice a turn.
  private func rewrite() {
    durability.mustRewrite = false
    rewrite(from: 0)
  }

  private func rewrite(from cursor: Int) {
    // Lost again: it will begin anew.
    guard !durability.mustRewrite else { return }
    tick()
    let slice = table.slots.slice(from: cursor, limit: limits.slice)
    for slot in slice {
      if let entry = table.slots[slot], entry.touch != .none || entry.isDirty { save(entry, nil) }
    }
    guard table.slots.isEnd(slice.upperBound) else {
      turns.add { self.rewrite(from: slice.upperBound) }
      return
    }
    durability.takeTicket(at: moment.now)
    durability.reliableFrom = durability.ticket
    journal.put(durability.bounds, ticket: durability.ticket)
  }

  /// Numbers never go back: neither behind the store's, nor behind those given out before it was open.
  private func continueNumbers(_ numbers: Journal.StartNumbers) {
    durability.generationBound = numbers.generationBound
    durability.sequenceBound = numbers.sequenceBound
    durability.nextSequence = max(durability.nextSequence, numbers.sequence)
    moment.nextGeneration =
      generationsGiven ? max(moment.nextGeneration, numbers.generation) : numbers.generation
    reserveNumbers()
  }
}
