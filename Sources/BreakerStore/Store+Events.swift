extension Store {
  /// Events in the order of their numbers.
  ///
  /// - Parameters:
  ///   - matching: Whether events of the breaker with this name are wanted. It must not use the store.
  ///   - since: Only events with greater numbers; 0: all that are kept.
  ///   - limit: At most so many rows are returned, 1 or more.
  ///   - scan: At most so many events are looked at, 1 or more.
  /// - Returns: The rows, and what to give as `since` to go on; nil when the newest event has been looked at. A damaged
  ///   event is left out.
  public func events(
    matching: (String) -> Bool, since: Int64, limit: Int, scan: Int
  ) throws(StoreError) -> (rows: [EventRow], next: Int64?) {
    let statement = try usable().events
    defer { statement.clear() }
    try statement.bind(1, since)
    var rows: [EventRow] = []
    var seen = 0
    var last = since
    while try statement.step() {
      // There is one more than may be looked at.
      guard rows.count < limit, seen < scan else { return (rows, last) }
      seen += 1
      last = statement.integer(0)
      guard let event = EventRow(reading: statement), matching(event.name) else { continue }
      rows.append(event)
    }
    return (rows, nil)
  }

  /// The number of the newest event kept; 0 if there is none.
  public func newestEvent() throws(StoreError) -> Int64 {
    try usable().database.integer("SELECT max(sequence) FROM events") ?? 0
  }
}

extension EventRow {
  /// The row that a statement stands on; nil if it is damaged. The columns are those of ``Connection/events``.
  init?(reading statement: Statement) {
    guard let name = statement.text(2), let kind = statement.text(3), let details = statement.text(7)
    else { return nil }
    var reason: String?
    if !statement.isNull(6) {
      guard let text = statement.text(6) else { return nil }
      reason = text
    }
    self.init(
      sequence: statement.integer(0), at: statement.integer(1), name: name, kind: kind,
      uid: statement.optionalInteger(4), pid: statement.optionalInteger(5), reason: reason, details: details)
    guard checksum == statement.integer(8) else { return nil }
  }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(sequence)
    sum.add(at)
    sum.add(name)
    sum.add(kind)
    sum.add(uid)
    sum.add(pid)
    sum.add(reason)
    sum.add(details)
    return sum.value
  }
}
