internal import CPrefetch

/// Elements in numbered places that they keep until they are removed, so that a list can be paged, and work done in
/// slices, while elements come and go: what is there all the while is met exactly once.
struct SlotTable<Element> {
  private var slots: [Element?] = []
  private var free: [Int] = []

  /// How many elements there are.
  var count: Int { slots.count - free.count }

  subscript(slot: Int) -> Element? { slots.indices.contains(slot) ? slots[slot] : nil }

  /// Has the memory of the element at a place fetched, or only that of its place, where elements are objects of so many bytes.
  func foresee(_ slot: Int, size: Int?) where Element: AnyObject {
    guard slots.indices.contains(slot) else { return }
    slots.withUnsafeBytes { bytes in
      guard let place = bytes.baseAddress.map({ $0 + slot * MemoryLayout<Element?>.stride }) else { return }
      guard let size else { return prefetch(place) }
      // Not as an object: to hold it would be to wait for it.
      guard let object = place.load(as: UnsafeRawPointer?.self) else { return }
      for line in stride(from: 0, to: size, by: 64) { prefetch(object + line) }
    }
  }

  /// Puts in what `make` returns for the place that it gets.
  mutating func insert(_ make: (_ slot: Int) -> Element) -> Element {
    if let slot = free.popLast() {
      let element = make(slot)
      slots[slot] = element
      return element
    }
    let element = make(slots.count)
    slots.append(element)
    return element
  }

  mutating func remove(at slot: Int) {
    guard slots.indices.contains(slot), slots[slot] != nil else { return }
    slots[slot] = nil
    free.append(slot)
  }

  /// The places from `cursor` on, at most `limit` of them.
  func slice(from cursor: Int, limit: Int) -> Range<Int> {
    let start = min(cursor, slots.count)
    return start..<min(start + limit, slots.count)
  }

  /// Whether `cursor` lies behind the last place.
  func isEnd(_ cursor: Int) -> Bool { cursor >= slots.count }
}
