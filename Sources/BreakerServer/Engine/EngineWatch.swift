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
    endWatch(session)
    let watcher = Watcher(session, LogReader(glob, of: watchers.log))
    session.watcher = watcher
    watchers.add(watcher)
    list(request)
  }

  func endWatch(_ session: Session) {
    guard let watcher = session.watcher else { return }
    session.watcher = nil
    watchers.end(watcher)
  }

  /// A breaker has moved.
  func tellWatchers(_ entry: Entry, _ event: Event) {
    guard watchers.count > 0 else { return }
    let line = Self.line("> transition", entry, sequence: event.sequence, at: event.at, event.details)
    watchers.log.append(entry, number: event.sequence, isForgotten: false, line: line)
    if watchers.hasReaders { pushSoon() }
  }

  /// A breaker is no more.
  func tellForgotten(_ entry: Entry, _ event: Event) {
    guard watchers.count > 0 else { return }
    let line = Self.line("> forgotten", entry, sequence: event.sequence, at: event.at, "")
    watchers.log.append(entry, number: event.sequence, isForgotten: true, line: line)
    if watchers.hasReaders { pushSoon() }
  }

  /// What the store holds has come late, and shows a breaker in another state than was known so far.
  func tellRestored(_ entry: Entry, from before: State?) {
    let state = entry.breaker.state
    // At the start nobody has been told anything yet.
    guard state != before ?? .closed, before != nil || watchers.count > 0 else { return }
    Telling.restored(entry, from: before ?? .closed, log)
    let event = event(
      of: entry, .restored(from: before ?? .closed, to: state, length: entry.breaker.retryAfter(at: moment)))
    durability.takeTicket(at: moment.now)
    journal.put(event, ticket: durability.ticket)
    tellWatchers(entry, event)
  }

  /// The client of a watcher takes more.
  func resume(_ watcher: Watcher) {
    watchers.resume(watcher)
    if watchers.hasReadersBehind { pushSoon() }
  }

  /// Has watchers told of what they have not read, in the next turn.
  private func pushSoon() {
    guard !mustPush else { return }
    mustPush = true
    turns.add {
      self.mustPush = false
      self.push()
    }
  }

  /// A slice of what is to be told, for all watchers together; each has a portion, and comes again after the others.
  private func push() {
    watchers.wake()
    var budget = limits.slice
    while budget > 0, let watcher = watchers.takeNext() {
      budget -= 1
      guard watcher.session.canTake else { continue }
      let lines = watcher.reader.read(watchers.log, &budget, makeLine: newestLine)
      guard !lines.isEmpty else {
        watchers.resume(watcher)
        continue
      }
      budget -= Self.pushCost
      watcher.session.push(lines) { self.resume(watcher) }
    }
    if watchers.hasReadersBehind { pushSoon() }
  }

  /// What a write to a client takes, in the units of ``EngineLimits/slice``.
  private static let pushCost = 80

  /// How a breaker last moved, for a watcher that has missed it.
  private func newestLine(_ entry: Entry) -> [UInt8]? {
    guard let explanation = entry.explanation, let move = explanation.latest else { return nil }
    return Self.line("> transition", entry, sequence: entry.latestChange, at: move.at, Telling.details(move))
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
