internal import BreakerCore
internal import BreakerProtocol

/// Who is calling, as far as it is known.
extension Engine {
  /// How many are shown.
  private static let holdersShown = 8

  /// A row for each of the oldest calls under way, the oldest first.
  func addHolders(of entry: Entry, to rows: inout Rows) {
    let holders = entry.breaker.holders(Self.holdersShown)
    guard !holders.isEmpty else { return }
    work += entry.breaker.callsOut / 100
    for holder in holders {
      rows.add { row in
        row.pair("event", "holding")
        row.pair("at", text: WallClock.text((holder.since + clock.offset).microseconds))
        row.pair("age_ms", milliseconds: moment.now - holder.since)
        row.pair("lease_ms", milliseconds: holder.expires - moment.now)
        row.pair("pid", number: UInt64(max(holder.caller.pid, 0)))
        row.pair("uid", number: UInt64(holder.caller.uid))
        let session = sessionOf[holder.caller.connection]
        if let client = session?.displayName { row.pair("client", text: client) }
        row.pair("connection", number: holder.caller.connection)
        if session == nil { row.pair("gone", "yes") }
        row.pair("bound", holder.caller.isBound ? "yes" : "no")
        if holder.isProbe { row.pair("probe", "yes") }
        if holder.isOverdue { row.pair("overdue", "yes") }
        row.pair("token", text: "\(holder.token.generation).\(holder.token.permit)")
      }
    }
  }
}
