/// One permit that is out: a call in flight whose report, loss, or lease's end the breaker waits for.
struct Permit {
  let number: UInt32
  let since: Instant
  let expires: Instant
  /// When it fails, though it has not returned; ``Instant/never``: it does not.
  let overdue: Instant
  let holder: Caller
  /// The holder's connection is gone, though its permit is not (it was not bound).
  var isOrphaned = false
}

/// The permits of one breaker that are out, oldest first.
struct PermitSet {
  private var permits: [Permit] = []

  /// When one lapses or becomes overdue next; ``Instant/never`` if no permit is out.
  private(set) var nextDeadline = Instant.never

  var count: Int { permits.count }

  /// The oldest, so many at most.
  func oldest(_ most: Int) -> ArraySlice<Permit> { permits.prefix(most) }

  func contains(where matches: (Permit) -> Bool) -> Bool { permits.contains(where: matches) }

  /// Adds a permit whose number is higher than any other's here.
  mutating func insert(_ permit: Permit) {
    permits.append(permit)
    nextDeadline = min(nextDeadline, permit.expires, permit.overdue)
  }

  /// Takes the permit with this number out of the set, if it is there.
  mutating func take(number: UInt32) -> Permit? { take(where: { $0.number == number }) }

  /// Takes the oldest permit of a connection.
  mutating func takeOldest(of connection: UInt64) -> Permit? { take(where: { $0.holder.connection == connection }) }

  /// Takes the oldest permit of a user whose connection is gone.
  mutating func takeOrphan(of uid: UInt32) -> Permit? { take(where: { $0.isOrphaned && $0.holder.uid == uid }) }

  /// Takes the oldest permit that is overdue.
  mutating func takeOverdue(at now: Instant) -> Permit? {
    guard nextDeadline <= now else { return nil }
    return take(where: { $0.overdue <= now })
  }

  /// Takes the oldest permit whose lease has ended, of those with a number below `limit`.
  mutating func takeExpired(at now: Instant, before limit: UInt32 = .max) -> Permit? {
    guard nextDeadline <= now else { return nil }
    return take(where: { $0.expires <= now && $0.number < limit })
  }

  /// Takes back the bound permits of a lost connection, and marks its others. Returns how many went back.
  mutating func lose(connection: UInt64) -> Int {
    let before = permits.count
    permits.removeAll { $0.holder.connection == connection && $0.holder.isBound }
    for index in permits.indices where permits[index].holder.connection == connection {
      permits[index].isOrphaned = true
    }
    if permits.count != before { findNextDeadline() }
    return before - permits.count
  }

  mutating func removeAll() {
    permits.removeAll(keepingCapacity: true)
    nextDeadline = .never
  }

  private mutating func take(where matches: (Permit) -> Bool) -> Permit? {
    guard let index = permits.firstIndex(where: matches) else { return nil }
    let taken = permits.remove(at: index)
    if min(taken.expires, taken.overdue) == nextDeadline { findNextDeadline() }
    return taken
  }

  private mutating func findNextDeadline() {
    nextDeadline = .never
    for permit in permits { nextDeadline = min(nextDeadline, permit.expires, permit.overdue) }
  }
}
