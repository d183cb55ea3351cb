/// One permit that is out: a call in flight whose report, loss, or lease's end the breaker waits for.
struct Permit {
  let number: UInt32
  let expires: Instant
  let holder: Caller
  /// The holder's connection is gone, though its permit is not (it was not bound).
  var isOrphaned = false
}

/// The permits of one breaker that are out, oldest first.
struct PermitSet {
  private var permits: [Permit] = []

  /// The earliest end of a lease; ``Instant/never`` if no permit is out.
  private(set) var nextExpiry = Instant.never

  var count: Int { permits.count }

  func contains(where matches: (Permit) -> Bool) -> Bool { permits.contains(where: matches) }

  /// Adds a permit whose number is higher than any other's here.
  mutating func insert(_ permit: Permit) {
    permits.append(permit)
    nextExpiry = min(nextExpiry, permit.expires)
  }

  /// Takes the permit with this number out of the set, if it is there.
  mutating func take(number: UInt32) -> Permit? { take(where: { $0.number == number }) }

  /// Takes the permit whose lease ends first, of several the oldest.
  mutating func takeNextExpiring() -> Permit? {
    let expiry = nextExpiry
    return take(where: { $0.expires == expiry })
  }

  /// Takes the permit that a report without token settles: the caller's oldest on its own connection, else the oldest
  /// of the same user whose connection is gone.
  mutating func takeUnnamed(by caller: Caller) -> Permit? {
    take(where: { $0.holder.connection == caller.connection })
      ?? take(where: { $0.isOrphaned && $0.holder.uid == caller.uid })
  }

  /// Takes back the bound permits of a lost connection, and marks its others. Returns how many went back.
  mutating func lose(connection: UInt64) -> Int {
    let before = permits.count
    permits.removeAll { $0.holder.connection == connection && $0.holder.isBound }
    for index in permits.indices where permits[index].holder.connection == connection {
      permits[index].isOrphaned = true
    }
    if permits.count != before { findNextExpiry() }
    return before - permits.count
  }

  mutating func removeAll() {
    permits.removeAll(keepingCapacity: true)
    nextExpiry = .never
  }

  private mutating func take(where matches: (Permit) -> Bool) -> Permit? {
    guard let index = permits.firstIndex(where: matches) else { return nil }
    let taken = permits.remove(at: index)
    if taken.expires == nextExpiry { findNextExpiry() }
    return taken
  }

  private mutating func findNextExpiry() {
    nextExpiry = .never
    for permit in permits { nextExpiry = min(nextExpiry, permit.expires) }
  }
}
