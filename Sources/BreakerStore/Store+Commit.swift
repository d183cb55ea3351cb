extension Store {
  /// Events are removed so many at a time: now and then, since it changes pages that a commit would not touch.
  public static let eventsTrimmed: Int64 = 1_000

  /// Does all that a batch says in one transaction. When this returns it is on the disk and survives any end of the
  /// process and of the machine; when it throws, the file is as before.
  ///
  /// After an error of kind `io` it can be unknown whether the disk kept the batch: committing it again is right then.
  /// After one of kind `gone` nothing that was ever committed can be relied on.
  public func commit(_ batch: Batch, keepingEvents kept: Int = .max) throws(StoreError) {
    try commit(parts: CollectionOfOne(batch), keepingEvents: kept)
  }

  /// The same for several batches, one after the other in one transaction, so that a large change need not lie in memory
  /// as a whole. It is quickest when the rows come in the order of the bytes of their names.
  ///
  /// - Parameter kept: When there are ``eventsTrimmed`` more events than this, so many of the oldest are removed, or
  ///   twice as many as have come, if that is more. A commit without events removes none. The newest acts (``EventRow/isAct``),
  ///   a tenth of all, are not among them: whoever has breakers trip does not wipe out what admins did.
  public func commit(parts: some Sequence<Batch>, keepingEvents kept: Int = .max) throws(StoreError) {
    let connection = try usable()
    var counters = self.counters
    var events = eventCounts
    try connection.database.transaction { () throws(StoreError) in
      for batch in parts {
        for name in batch.removed { try connection.remove(name) }
        for row in batch.rows {
          try connection.save(row)
          #if DEBUG
            afterRow()
          #endif
        }
        for event in batch.events where try connection.add(event) {
          events.all += 1
          if event.isAct { events.acts += 1 }
        }
        guard let bounds = batch.counters else { continue }
        counters = counters.raised(to: bounds)
        try connection.save(counters)
      }
      let (added, excess) = (events.all - eventCounts.all, events.all - Int64(kept))
      guard added > 0, excess >= Self.eventsTrimmed else { return }
      let count = min(excess, max(2 * added, Self.eventsTrimmed))
      let acts = try connection.trimActs.remove(min(count, max(events.acts - Int64(kept) / 10, 0)))
      events.acts -= acts
      events.all -= acts
      events.all -= try connection.trimEvents.remove(count - acts)
    }
    try checkWhereabouts()
    eventCounts = events
    self.counters = counters
    wantsCheckpoint = true
  }
}

extension Connection {
  fileprivate func save(_ row: BreakerRow) throws(StoreError) {
    let content = row.content
    var name = row.name
    let checksum = name.withUTF8 { name in
      content.withUnsafeBytes { BreakerRow.checksum(name: UnsafeRawBufferPointer(name), content: $0) }
    }
    try saveBreaker.bind(1, row.name)
    try saveBreaker.bind(2, content)
    try saveBreaker.bind(3, checksum)
    try saveBreaker.run()
  }

  fileprivate func remove(_ name: String) throws(StoreError) {
    try removeBreaker.bind(1, name)
    try removeBreaker.run()
  }

  /// Whether it was not there yet.
  fileprivate func add(_ event: EventRow) throws(StoreError) -> Bool {
    try addEvent.bind(1, event.sequence)
    try addEvent.bind(2, event.at)
    try addEvent.bind(3, event.name)
    try addEvent.bind(4, event.kind)
    try addEvent.bind(5, event.uid)
    try addEvent.bind(6, event.pid)
    try addEvent.bind(7, event.reason)
    try addEvent.bind(8, event.details)
    try addEvent.bind(9, event.checksum)
    try addEvent.run()
    return database.changes > 0
  }

  fileprivate func save(_ counters: StoredCounters) throws(StoreError) {
    try saveCounters.bind(1, counters.generation)
    try saveCounters.bind(2, counters.sequence)
    try saveCounters.bind(3, counters.checksum)
    try saveCounters.run()
  }
}
