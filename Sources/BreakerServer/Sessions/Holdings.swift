/// The places of the breakers at which a connection may hold permits.
///
/// A place is not taken out when a permit is settled, which would cost each settlement; the set is swept when it has
/// doubled since it was last, so it stays within twice what is really held, or ``least``.
struct Holdings {
  private static let least = 256

  private var places: Set<Int> = []
  private var sweepAt = least

  var isEmpty: Bool { places.isEmpty }

  /// Adds a place; `isHeld` says of others whether something is still held there.
  mutating func insert(_ place: Int, isHeld: (Int) -> Bool) {
    places.insert(place)
    guard places.count >= sweepAt else { return }
    places = places.filter { $0 == place || isHeld($0) }
    sweepAt = max(2 * places.count, Self.least)
  }

  /// Takes any one place out.
  mutating func popFirst() -> Int? { places.popFirst() }
}
