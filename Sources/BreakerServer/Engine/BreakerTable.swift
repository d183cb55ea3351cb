internal import BreakerProtocol
internal import Glibc

/// All breakers by name, and in numbered places for lists and for work in slices.
struct BreakerTable {
  private(set) var index = HashIndex()
  let hash = NameHash()
  private(set) var slots = SlotTable<Entry>()

  var count: Int { slots.count }

  subscript(name: Bytes) -> Entry? {
    var found: Entry?
    _ = index.first(hash: hash(of: name)) { slot in
      guard let entry = slots[slot], Self.equal(entry.name, name) else { return false }
      found = entry
      return true
    }
    return found
  }

  /// Adds the entry that `make` returns for its place; its name must not be in the table.
  mutating func insert(_ make: (_ slot: Int) -> Entry) -> Entry {
    let entry = slots.insert(make)
    index.insert(entry.slot, hash: hash(of: entry.name))
    return entry
  }

  mutating func remove(_ entry: Entry) {
    index.remove(entry.slot, hash: hash(of: entry.name))
    slots.remove(at: entry.slot)
  }

  private static func equal(_ left: Bytes, _ right: Bytes) -> Bool {
    guard left.count == right.count, let start = left.baseAddress, let other = right.baseAddress else {
      return left.count == right.count
    }
    return memcmp(start, other, left.count) == 0
  }
}
