internal import BreakerProtocol
internal import Glibc

/// All breakers by name, and in numbered places for lists and for work in slices.
struct BreakerTable {
  private var index = HashIndex()
  private(set) var slots = SlotTable<Entry>()

  var count: Int { slots.count }

  subscript(name: Bytes) -> Entry? {
    for slot in index.candidates(hash: Self.hash(of: name)) {
      if let entry = slots[slot], Self.equal(entry.name, name) { return entry }
    }
    return nil
  }

  /// Adds the entry that `make` returns for its place; its name must not be in the table.
  mutating func insert(_ make: (_ slot: Int) -> Entry) -> Entry {
    let entry = slots.insert(make)
    index.insert(entry.slot, hash: Self.hash(of: entry.name))
    return entry
  }

  mutating func remove(_ entry: Entry) {
    index.remove(entry.slot, hash: Self.hash(of: entry.name))
    slots.remove(at: entry.slot)
  }

  /// With a key that is another one in every process: nobody can choose names that collide.
  private static func hash(of name: Bytes) -> UInt32 {
    var hasher = Hasher()
    hasher.combine(bytes: name)
    return UInt32(truncatingIfNeeded: hasher.finalize())
  }

  private static func equal(_ left: Bytes, _ right: Bytes) -> Bool {
    guard left.count == right.count, let start = left.baseAddress, let other = right.baseAddress else {
      return left.count == right.count
    }
    return memcmp(start, other, left.count) == 0
  }
}
