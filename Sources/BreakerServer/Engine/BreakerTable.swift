internal import BreakerProtocol

/// All breakers by name, and in numbered places for lists and for work in slices.
struct BreakerTable {
  /// A name as a key: bytes that somebody else keeps. An entry's own for a stored key, a line's for a question.
  private struct Key: Hashable {
    let bytes: Bytes

    static func == (left: Key, right: Key) -> Bool { left.bytes.elementsEqual(right.bytes) }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
  }

  private var byName: [Key: Entry] = [:]
  private(set) var slots = SlotTable<Entry>()

  var count: Int { byName.count }

  subscript(name: Bytes) -> Entry? { byName[Key(bytes: name)] }

  /// Adds the entry that `make` returns for its place; its name must not be in the table.
  mutating func insert(_ make: (_ slot: Int) -> Entry) -> Entry {
    let entry = slots.insert(make)
    byName[Key(bytes: entry.name)] = entry
    return entry
  }

  mutating func remove(_ entry: Entry) {
    byName[Key(bytes: entry.name)] = nil
    slots.remove(at: entry.slot)
  }
}
