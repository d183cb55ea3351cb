internal import BreakerCore

/// The entries that have a deadline, the earliest first: a binary heap that knows where each entry stands in it.
struct DeadlineHeap {
  private var items: [(deadline: Instant, entry: Entry)] = []

  /// The earliest deadline; ``Instant/never`` if there is none.
  var earliest: Instant { items.first?.deadline ?? .never }

  /// The entry with the earliest deadline, if that is not after `now`.
  func due(at now: Instant) -> Entry? {
    guard let first = items.first, first.deadline <= now else { return nil }
    return first.entry
  }

  /// Puts the entry where its deadline belongs; ``Instant/never`` takes it out.
  mutating func update(_ entry: Entry, to deadline: Instant) {
    let index = Int(entry.heapIndex)
    guard index >= 0 else {
      guard deadline != .never else { return }
      items.append((deadline, entry))
      entry.heapIndex = Int32(items.count - 1)
      rise(from: items.count - 1)
      return
    }
    guard items[index].deadline != deadline else { return }
    guard deadline != .never else {
      remove(at: index)
      return
    }
    items[index].deadline = deadline
    rise(from: index)
    sink(from: Int(entry.heapIndex))
  }

  private mutating func remove(at index: Int) {
    items[index].entry.heapIndex = -1
    let last = items.removeLast()
    guard index < items.count else { return }
    place(last, at: index)
    rise(from: index)
    sink(from: Int(last.entry.heapIndex))
  }

  private mutating func rise(from start: Int) {
    var index = start
    let item = items[index]
    while index > 0 {
      let parent = (index - 1) / 2
      guard item.deadline < items[parent].deadline else { break }
      place(items[parent], at: index)
      index = parent
    }
    place(item, at: index)
  }

  private mutating func sink(from start: Int) {
    var index = start
    let item = items[index]
    while true {
      var child = 2 * index + 1
      guard child < items.count else { break }
      if child + 1 < items.count, items[child + 1].deadline < items[child].deadline { child += 1 }
      guard items[child].deadline < item.deadline else { break }
      place(items[child], at: index)
      index = child
    }
    place(item, at: index)
  }

  private mutating func place(_ item: (deadline: Instant, entry: Entry), at index: Int) {
    items[index] = item
    item.entry.heapIndex = Int32(index)
  }
}
