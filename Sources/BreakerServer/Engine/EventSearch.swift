internal import BreakerProtocol
internal import BreakerStore

/// A search for a page of events, slice by slice. Unchecked, since only the journal's thread touches it.
final class EventSearch: @unchecked Sendable {
  /// Events looked at in one slice: half a millisecond.
  private static let slice = 500

  private let glob: Glob
  private let limit: Int
  private var since: Int64
  /// How many more events are looked at for this page.
  private var left = 10 * Limits.page
  private var rows = Rows()

  /// A search for events of names that match, with numbers above `since`.
  init(_ glob: Glob, since: Int, limit: Int) {
    self.glob = glob
    self.limit = limit
    self.since = Int64(since)
  }

  /// Looks at some more events.
  ///
  /// - Returns: What writes the reply, once the page is full, or enough was looked at.
  func advance(in store: Store) throws(StoreError) -> Question.Reply? {
    let scan = min(Self.slice, left)
    let found = try store.events(
      matching: { glob.matches($0.utf8) }, since: since, limit: limit - rows.count, scan: scan)
    for event in found.rows { add(event) }
    left -= scan
    if let next = found.next, rows.count < limit, left > 0 {
      since = next
      return nil
    }
    let (rows, cursor) = (rows, found.next.map { Int($0) })
    return { tag, replies in rows.reply(tag: tag, cursor: cursor, in: &replies) }
  }

  private func add(_ event: EventRow) {
    rows.add { row in
      row.pair("seq", number: UInt64(max(event.sequence, 0)))
      row.pair("at", text: WallClock.text(event.at))
      row.pair("name", text: event.name)
      row.pair("event", text: event.kind)
      row.write(words: event.details)
      if let uid = event.uid { row.pair("uid", number: UInt64(max(uid, 0))) }
      if let pid = event.pid { row.pair("pid", number: UInt64(max(pid, 0))) }
      if let reason = event.reason { row.pair("why", text: reason) }
    }
  }
}
