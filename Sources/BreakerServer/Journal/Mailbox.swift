internal import BreakerStore

/// What waits to be written: for each name the newest state only, so that it never holds more than there are breakers.
struct Mailbox {
  /// What becomes of a name's row.
  enum Change {
    case save(BreakerRow)
    case remove
  }

  /// Beyond so many, events are dropped and counted, the newest first; states never are.
  static let eventLimit = 200_000

  private(set) var changes: [String: Change] = [:]
  private(set) var events: [EventRow] = []
  private(set) var counters: StoredCounters?
  /// The number of the newest entry; a commit of this mailbox acknowledges all up to it.
  private(set) var ticket: UInt64 = 0
  private(set) var droppedEvents: UInt64 = 0

  var isEmpty: Bool { changes.isEmpty && events.isEmpty && counters == nil }

  mutating func put(_ name: String, _ change: Change, _ event: EventRow?, ticket: UInt64) {
    changes[name] = change
    if let event { put(event, ticket: ticket) }
    self.ticket = ticket
  }

  mutating func put(_ event: EventRow, ticket: UInt64) {
    self.ticket = ticket
    guard events.count < Self.eventLimit else {
      droppedEvents &+= 1
      return
    }
    events.append(event)
  }

  mutating func put(_ counters: StoredCounters) { self.counters = counters }

  /// All that waits, for the store; the mailbox is empty afterwards.
  mutating func take() -> Mailbox {
    var taken = Mailbox()
    swap(&taken, &self)
    ticket = taken.ticket
    return taken
  }

  /// Puts back what could not be written, where nothing newer has come meanwhile.
  mutating func putBack(_ older: Mailbox) {
    changes.merge(older.changes) { newer, _ in newer }
    let room = max(Self.eventLimit - older.events.count, 0)
    droppedEvents &+= older.droppedEvents &+ UInt64(max(events.count - room, 0))
    events = older.events + events.prefix(room)
    counters = counters ?? older.counters
  }

  /// As the store takes it.
  var batch: Batch {
    var rows: [BreakerRow] = []
    var removed: [String] = []
    rows.reserveCapacity(changes.count)
    for (name, change) in changes {
      switch change {
      case .save(let row): rows.append(row)
      case .remove: removed.append(name)
      }
    }
    return Batch(rows: rows, removed: removed, events: events, counters: counters)
  }
}
