internal import BreakerCore
internal import BreakerProtocol

/// Telling those who watch.
extension Engine {
  /// Answers like `list`, with the first page; from then on every transition is pushed.
  func watch(_ request: Request, _ session: Session) {
    guard let glob = Glob(request.name) else {
      refuse(request, RequestError(.badName, "not a glob"))
      return
    }
    if session.watcher == nil { watching.append(session) }
    session.watcher = Watcher(glob)
    list(request)
  }

  func endWatch(_ session: Session) {
    guard session.watcher != nil else { return }
    session.watcher = nil
    watching.removeAll { $0 === session }
  }

  /// A breaker has moved.
  func tellWatchers(_ entry: Entry, _ event: Event) {
    guard !watching.isEmpty else { return }
    entry.explain { $0.sequence = event.sequence }
    var line: [UInt8]?
    for session in watching where session.watcher?.glob.matches(entry.name) == true {
      let text = line ?? pushedLine(entry, event)
      line = text
      session.watcher?.add(slot: entry.slot, text)
      pushSoon()
    }
  }

  /// A breaker is no more.
  func tellForgotten(_ entry: Entry, _ event: Event) {
    var line: [UInt8]?
    for session in watching where session.watcher?.glob.matches(entry.name) == true {
      let text = line ?? Self.line("> forgotten", entry, sequence: event.sequence, at: event.at, "")
      line = text
      session.watcher?.remove(slot: entry.slot, text)
      pushSoon()
    }
  }

  /// What the store holds has come late, and shows a breaker in another state than was known so far.
  func tellRestored(_ entry: Entry, from before: State?) {
    let state = entry.breaker.state
    // At the start nobody has been told anything yet.
    guard state != before ?? .closed, before != nil || !watching.isEmpty else { return }
    Telling.restored(entry, from: before ?? .closed, log)
    let event = event(
      of: entry, .restored(from: before ?? .closed, to: state, length: entry.breaker.retryAfter(at: moment)))
    durability.takeTicket(at: moment.now)
    journal.put(event, ticket: durability.ticket)
    tellWatchers(entry, event)
  }

  /// Has what waits for watchers sent at the end of this turn.
  func pushSoon() {
    guard !mustPush else { return }
    mustPush = true
    turns.add {
      self.mustPush = false
      self.push()
    }
  }

  private func push() {
    var more = false
    for session in watching {
      guard var watcher = session.watcher, watcher.hasNews, session.canTake else { continue }
      let glob = watcher.glob
      let lines = watcher.take(limit: limits.slice / 10) { slot in
        guard let entry = table.slots[slot], glob.matches(entry.name) else { return nil }
        return newestLine(entry)
      }
      more = more || watcher.hasNews
      session.watcher = watcher
      session.push(lines)
    }
    if more { pushSoon() }
  }

  private func pushedLine(_ entry: Entry, _ event: Event) -> [UInt8] {
    Self.line("> transition", entry, sequence: event.sequence, at: event.at, event.details)
  }

  /// How a breaker last moved, for a watcher that has missed it.
  private func newestLine(_ entry: Entry) -> [UInt8]? {
    guard let explanation = entry.explanation, let move = explanation.latest else { return nil }
    return Self.line("> transition", entry, sequence: explanation.sequence, at: move.at, Telling.details(move))
  }

  /// A line about a breaker, without its end.
  private static func line(
    _ head: StaticString, _ entry: Entry, sequence: Int64, at: Int64, _ details: String
  ) -> [UInt8] {
    var line = ReplyBuffer()
    line.write(head)
    line.pair("name", name: entry.name)
    line.write(words: details)
    line.pair("seq", number: UInt64(max(sequence, 0)))
    line.pair("at", text: WallClock.text(at))
    return line.bytes
  }
}
