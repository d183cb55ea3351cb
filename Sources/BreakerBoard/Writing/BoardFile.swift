internal import Synchronization

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// One file of a board, mapped to be written. It is never cleared, cut or resized.
final class BoardFile {
  let slots: Int
  /// Slots that bear a name, be it forgotten.
  private(set) var used = 0
  /// Slots whose name is not forgotten.
  private(set) var live = 0
  /// The hashes of the names that found no slot.
  private var overflow: Set<UInt64> = []
  /// Where it is until it is placed; nil from then on.
  private var temporary: String?
  /// The file's number, once it is placed.
  private var number: ino_t?
  private let memory: UnsafeMutableRawPointer
  private var reading: BoardMemory { BoardMemory(memory) }

  /// The file at `path`, of which all bytes are zero, becomes an empty board that is alive but has no heartbeat.
  init(path: String, memory: UnsafeMutableRawPointer, slots: Int, _ identity: BoardIdentity) {
    temporary = path
    self.memory = memory
    self.slots = slots
    typealias Header = BoardLayout.Header
    memory.storeBytes(of: BoardLayout.magic, toByteOffset: Header.magic, as: UInt64.self)
    memory.storeBytes(of: BoardLayout.majorVersion, toByteOffset: Header.majorVersion, as: UInt32.self)
    memory.storeBytes(of: BoardLayout.minorVersion, toByteOffset: Header.minorVersion, as: UInt32.self)
    memory.storeBytes(of: UInt32(BoardLayout.headerSize), toByteOffset: Header.headerSize, as: UInt32.self)
    memory.storeBytes(of: UInt32(BoardLayout.slotSize), toByteOffset: Header.slotSize, as: UInt32.self)
    memory.storeBytes(of: UInt64(slots), toByteOffset: Header.slots, as: UInt64.self)
    memory.storeBytes(of: identity.seed, toByteOffset: Header.seed, as: UInt64.self)
    memory.storeBytes(of: identity.epoch, toByteOffset: Header.epoch, as: UInt64.self)
    memory.storeBytes(of: identity.base, toByteOffset: Header.base, as: UInt64.self)
    let size = UInt64(BoardLayout.fileSize(slots: slots))
    memory.storeBytes(of: size, toByteOffset: Header.fileSize, as: UInt64.self)
    status = .alive
  }

  deinit {
    if let temporary { unlink(temporary) }
    BackgroundUnmap.start(memory, BoardLayout.fileSize(slots: slots))
  }

  /// Puts the file at `path`, in place of what may be there.
  func place(at path: String) throws(BoardError) {
    guard let temporary else { return }
    let file = Self.number(of: temporary)
    guard rename(temporary, path) == 0 else { throw .system("it cannot be renamed to \(path)", path: temporary) }
    number = file
    self.temporary = nil
  }

  /// Whether this file is the one at `path`.
  func isThere(_ path: String) -> Bool { number != nil && Self.number(of: path) == number }

  /// The number of the file at a path; nil: there is none.
  private static func number(of path: String) -> ino_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_ino : nil
  }

  var isPlaced: Bool { temporary == nil }

  var status: BoardStatus? {
    get { BoardStatus(rawValue: reading.load(BoardLayout.Header.status)) }
    set { store(newValue?.rawValue ?? 0, BoardLayout.Header.status) }
  }

  var heartbeat: UInt64 {
    get { reading.load(BoardLayout.Header.heartbeat) }
    set { store(newValue, BoardLayout.Header.heartbeat) }
  }

  var changes: UInt64 {
    get { reading.load(BoardLayout.Header.changes) }
    set { store(newValue, BoardLayout.Header.changes) }
  }

  /// How many names have no slot.
  var overflowCount: Int { overflow.count }

  /// Says what there is to say of a name, in a slot of its own; nothing is stored that is there already.
  ///
  /// - Returns: Whether it has a slot.
  func publish(
    _ word: BoardWord, slowCall: UInt32, for name: UnsafeRawBufferPointer, hash: UInt64
  ) -> Bool {
    switch reading.search(name, hash: hash, slots: slots) {
    case .taken(let slot):
      change(slot, to: word, slowCall: slowCall)
    case .free(let slot):
      guard word != .forgotten else { return true }
      fill(slot, word, slowCall: slowCall, name, hash)
    case .none:
      if overflow.insert(hash).inserted { storeOverflow() }
      return false
    }
    return true
  }

  /// Tells readers that nothing is known of a name. Its slot stays its own.
  func forget(_ name: UnsafeRawBufferPointer, hash: UInt64) {
    switch reading.search(name, hash: hash, slots: slots) {
    case .taken(let slot): change(slot, to: .forgotten, slowCall: 0)
    case .free: break
    case .none: if overflow.remove(hash) != nil { storeOverflow() }
    }
  }

  /// Publishes what a slot says, unless it is free or forgotten, in another file with the same seed.
  func copy(slot number: Int, to other: BoardFile) {
    let slot = BoardLayout.offset(slot: number)
    let hash = reading.load(slot + BoardLayout.Slot.hash)
    let word = BoardWord(bits: reading.load(slot + BoardLayout.Slot.word))
    guard hash != 0, word != .forgotten else { return }
    let length = memory.load(fromByteOffset: slot + BoardLayout.Slot.nameLength, as: UInt16.self)
    let name = UnsafeRawBufferPointer(start: memory + slot + BoardLayout.Slot.name, count: Int(length))
    _ = other.publish(word, slowCall: reading.loadHalf(slot + BoardLayout.Slot.slowCall), for: name, hash: hash)
  }

  private func fill(
    _ slot: Int, _ word: BoardWord, slowCall: UInt32, _ name: UnsafeRawBufferPointer, _ hash: UInt64
  ) {
    memory.storeBytes(of: UInt16(name.count), toByteOffset: slot + BoardLayout.Slot.nameLength, as: UInt16.self)
    UnsafeMutableRawBufferPointer(start: memory + slot + BoardLayout.Slot.name, count: name.count).copyMemory(
      from: name)
    storeHalf(slowCall, slot + BoardLayout.Slot.slowCall)
    store(word.bits, slot + BoardLayout.Slot.word)
    // Last: who sees it sees all the rest.
    store(hash, slot + BoardLayout.Slot.hash)
    used += 1
    live += 1
    changes += 1
  }

  private func change(_ slot: Int, to word: BoardWord, slowCall: UInt32) {
    let before = BoardWord(bits: reading.load(slot + BoardLayout.Slot.word))
    let slowBefore = reading.loadHalf(slot + BoardLayout.Slot.slowCall)
    guard before != word || slowBefore != slowCall else { return }
    storeHalf(slowCall, slot + BoardLayout.Slot.slowCall)
    store(word.bits, slot + BoardLayout.Slot.word)
    if before == .forgotten { live += 1 }
    if word == .forgotten { live -= 1 }
    changes += 1
  }

  private func storeOverflow() { store(UInt64(overflow.count), BoardLayout.Header.overflow) }

  /// Stores a number; who sees it sees all that was stored before.
  private func store(_ number: UInt64, _ offset: Int) {
    (memory + offset).assumingMemoryBound(to: Atomic<UInt64>.self).pointee.store(number, ordering: .releasing)
  }

  private func storeHalf(_ number: UInt32, _ offset: Int) {
    (memory + offset).assumingMemoryBound(to: Atomic<UInt32>.self).pointee.store(number, ordering: .relaxed)
  }
}
