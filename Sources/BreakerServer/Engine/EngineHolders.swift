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
    let sessions = sessions(of: Set(holders.map(\.caller.connection)))
    work += entry.breaker.callsOut / 100
    for holder in holders {
      rows.add { row in
        row.pair("event", "holding")
        row.pair("at", text: WallClock.text((holder.since + clock.offset).microseconds))
        row.pair("age_ms", milliseconds: moment.now - holder.since)
        row.pair("lease_ms", milliseconds: holder.expires - moment.now)
        row.pair("pid", number: UInt64(max(holder.caller.pid, 0)))
        row.pair("uid", number: UInt64(holder.caller.uid))
        let session = sessions[holder.caller.connection]
        if let client = session?.instance ?? session?.client { row.pair("client", text: client) }
        row.pair("connection", number: holder.caller.connection)
        if session == nil { row.pair("gone", "yes") }
        row.pair("bound", holder.caller.isBound ? "yes" : "no")
        if holder.isProbe { row.pair("probe", "yes") }
        if holder.isOverdue { row.pair("overdue", "yes") }
        row.pair("token", text: "\(holder.token.generation).\(holder.token.permit)")
      }
    }
  }

  /// The sessions with these numbers that are still there.
  private func sessions(of connections: Set<UInt64>) -> [UInt64: Session] {
    var found: [UInt64: Session] = [:]
    let slots = sessions.slice(from: 0, limit: .max)
    for slot in slots where found.count < connections.count {
      guard let session = sessions[slot], connections.contains(session.caller.connection) else { continue }
      found[session.caller.connection] = session
    }
    work += slots.count / 100
    return found
  }
}
