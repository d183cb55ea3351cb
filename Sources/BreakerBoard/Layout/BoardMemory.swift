public import Synchronization

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A board's file in memory, to be read. Everything in it that changes is loaded atomically.
@usableFromInline struct BoardMemory: @unchecked Sendable {
  @usableFromInline let start: UnsafeRawPointer

  @usableFromInline init(_ start: UnsafeRawPointer) { self.start = start }

  /// Loads a number; nothing that is read after it is older.
  @inlinable @inline(__always) func load(_ offset: Int) -> UInt64 {
    (start + offset).assumingMemoryBound(to: Atomic<UInt64>.self).pointee.load(ordering: .acquiring)
  }

  /// Loads a number of 32 bits.
  @inlinable @inline(__always) func loadHalf(_ offset: Int) -> UInt32 {
    (start + offset).assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(ordering: .relaxed)
  }

  /// Whether the slot that begins here, whose hash has been loaded, bears this name.
  func bears(_ name: UnsafeRawBufferPointer, slot: Int) -> Bool {
    guard let bytes = name.baseAddress, 1...BoardLayout.nameCapacity ~= name.count,
      (start + slot).load(fromByteOffset: BoardLayout.Slot.nameLength, as: UInt16.self) == name.count
    else { return false }
    return memcmp(start + slot + BoardLayout.Slot.name, bytes, name.count) == 0
  }

  /// Goes through the places that a name may have.
  func search(_ name: UnsafeRawBufferPointer, hash: UInt64, slots: Int) -> Place {
    for step in 0..<UInt64(BoardLayout.steps) {
      let slot = BoardLayout.offset(slot: Int(truncatingIfNeeded: (hash &+ step) & UInt64(slots - 1)))
      let found = load(slot + BoardLayout.Slot.hash)
      if found == 0 { return .free(slot) }
      if found == hash, bears(name, slot: slot) { return .taken(slot) }
    }
    return .none
  }

  /// Where a name is, or would be: the offset of a slot.
  enum Place {
    case taken(Int)
    case free(Int)
    case none
  }
}
