internal import BreakerStore
internal import DequeModule

/// What waits to be written: for each name the newest state only, so that it never holds more than there are breakers.
struct Mailbox {
  /// What becomes of a name's row.
  enum Change {
    case save(Snapshot)
    case remove(String)

    var name: String {
      switch self {
      case .save(let snapshot): snapshot.name
      case .remove(let name): name
      }
    }

    var isRemoval: Bool { if case .remove = self { true } else { false } }
  }

  /// Beyond so many, events are dropped and counted, the oldest first; states never are. As in the store, what admins did has
  /// room of its own: whoever has breakers trip does not drop it.
  static let eventLimit = 90_000
  static let actLimit = 10_000

  private(set) var changes: [Change] = []
  /// Where the change of each name stands.
  private var places: [String: Int] = [:]
  /// How many of them are removals: of names that are no breaker's any more, so that their number does not end with
  /// that of the breakers.
  private(set) var removals = 0
  /// What happened by itself.
  private(set) var events: Deque<Event> = []
  /// What admins did.
  private(set) var acts: Deque<Event> = []
  private(set) var counters: StoredCounters?
  /// The number of the newest entry; a commit of this mailbox acknowledges all up to it.
  private(set) var ticket: UInt64 = 0
  /// Events dropped since the beginning.
  private(set) var droppedEvents: UInt64 = 0

  var isEmpty: Bool { changes.isEmpty && events.isEmpty && acts.isEmpty && counters == nil }

  mutating func put(_ change: Change, _ event: Event?, ticket: UInt64) {
    put(change)
    if let event { put(event, ticket: ticket) }
    self.ticket = ticket
  }

  mutating func put(_ event: Event, ticket: UInt64) {
    let isFull =
      event.isAct
      ? Self.put(event, into: &acts, atMost: Self.actLimit) : Self.put(event, into: &events, atMost: Self.eventLimit)
    if isFull { droppedEvents &+= 1 }
    self.ticket = ticket
  }

  mutating func put(_ counters: StoredCounters, ticket: UInt64) {
    self.counters = counters
    self.ticket = ticket
  }

  private mutating func put(_ change: Change) {
    if change.isRemoval { removals += 1 }
    guard let place = places[change.name] else {
      places[change.name] = changes.count
      changes.append(change)
      return
    }
    if changes[place].isRemoval { removals -= 1 }
    changes[place] = change
  }

  /// Returns whether the oldest had to go.
  private static func put(_ event: Event, into events: inout Deque<Event>, atMost limit: Int) -> Bool {
    events.append(event)
    guard events.count > limit else { return false }
    events.removeFirst()
    return true
  }

  /// All that waits, for the store; the mailbox is empty afterwards, and goes on counting.
  mutating func take() -> Mailbox {
    let taken = self
    self = Mailbox()
    ticket = taken.ticket
    droppedEvents = taken.droppedEvents
    return taken
  }

  /// As the store takes it, in parts of so many changes, events and acts, made one by one.
  func batches(of size: Int) -> some Sequence<Batch> {
    let order = NameOrder.places(of: changes.map(\.name))
    return stride(from: 0, to: max(changes.count, events.count, acts.count, 1), by: size).lazy.map { start in
      var batch = Batch(counters: start == 0 ? counters : nil)
      for place in order.dropFirst(start).prefix(size) {
        switch changes[place] {
        case .save(let snapshot): batch.rows.append(RowCoding.row(of: snapshot))
        case .remove(let name): batch.removed.append(name)
        }
      }
      batch.events = acts.dropFirst(start).prefix(size).map(\.row) + events.dropFirst(start).prefix(size).map(\.row)
      return batch
    }
  }
}
