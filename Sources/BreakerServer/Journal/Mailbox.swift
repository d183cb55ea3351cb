internal import BreakerStore
internal import DequeModule

/// What waits to be written: for each name the newest state only, so that it never holds more than there are breakers.
struct Mailbox {
  /// What becomes of a name's row.
  enum Change {
    case save(BreakerRow)
    case remove

    var isRemoval: Bool { if case .remove = self { true } else { false } }
  }

  /// Beyond so many, events are dropped and counted, the oldest first; states never are.
  static let eventLimit = 100_000

  private(set) var changes: [String: Change] = [:]
  /// How many of them are removals: of names that are no breaker's any more, so that their number does not end with
  /// that of the breakers.
  private(set) var removals = 0
  private(set) var events: Deque<EventRow> = []
  private(set) var counters: StoredCounters?
  /// The number of the newest entry; a commit of this mailbox acknowledges all up to it.
  private(set) var ticket: UInt64 = 0
  /// Events dropped since the beginning.
  private(set) var droppedEvents: UInt64 = 0

  var isEmpty: Bool { changes.isEmpty && events.isEmpty && counters == nil }

  mutating func put(_ name: String, _ change: Change, _ event: EventRow?, ticket: UInt64) {
    let before = changes.updateValue(change, forKey: name)
    removals += (change.isRemoval ? 1 : 0) - (before?.isRemoval == true ? 1 : 0)
    if let event { put(event, ticket: ticket) }
    self.ticket = ticket
  }

  mutating func put(_ event: EventRow, ticket: UInt64) {
    events.append(event)
    dropEvents()
    self.ticket = ticket
  }

  mutating func put(_ counters: StoredCounters, ticket: UInt64) {
    self.counters = counters
    self.ticket = ticket
  }

  private mutating func dropEvents() {
    let excess = events.count - Self.eventLimit
    guard excess > 0 else { return }
    events.removeFirst(excess)
    droppedEvents &+= UInt64(excess)
  }

  /// All that waits, for the store; the mailbox is empty afterwards, and goes on counting.
  mutating func take() -> Mailbox {
    let taken = self
    self = Mailbox()
    ticket = taken.ticket
    droppedEvents = taken.droppedEvents
    return taken
  }

  /// Puts back what could not be written, where nothing newer has come meanwhile.
  mutating func putBack(_ older: Mailbox) {
    changes.merge(older.changes) { newer, _ in newer }
    removals = changes.values.count { $0.isRemoval }
    events = older.events + events
    dropEvents()
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
    return Batch(rows: rows, removed: removed, events: Array(events), counters: counters)
  }
}
