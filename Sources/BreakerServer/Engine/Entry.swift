internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol

/// One named breaker, and what the engine keeps beside it.
final class Entry {
  /// The name, in memory that lives as long as the entry.
  let name: Bytes
  /// The entry's place in the table.
  let slot: Int
  var breaker: Breaker
  /// What `set` has put over the policy; nil: nothing.
  var overrides: PolicySettings?
  /// How it last moved, for `show`; nil: never.
  private(set) var latest: Latest?

  /// Where the entry stands in the heap of deadlines; -1: not in it.
  var heapIndex = -1

  /// The latest transition, out of line since most breakers never have one.
  final class Latest {
    let transition: Transition
    init(_ transition: Transition) { self.transition = transition }
  }

  init(name: Bytes, slot: Int, breaker: consuming Breaker) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: name.count, alignment: 1)
    copy.copyMemory(from: name)
    self.name = Bytes(copy)
    self.slot = slot
    self.breaker = breaker
  }

  deinit { name.deallocate() }

  func moved(_ transition: Transition) { latest = Latest(transition) }
}
