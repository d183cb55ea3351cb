#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A board that another process writes, mapped read-only. It takes no lock, and nothing that a file holds can make it crash
/// or loop; only its owner could, by cutting it short while it is mapped.
public final class BoardReader: Sendable {
  /// What retry times are counted from, in nanoseconds of CLOCK_MONOTONIC.
  public let base: UInt64
  /// The number that the daemon's start drew.
  public let epoch: UInt64
  /// How many slots there are.
  public let slots: Int
  let memory: BoardMemory
  private let hashStart: UInt64

  /// Maps the board at a path.
  ///
  /// - Parameter owner: The number of the user to whom the file must belong; nil: any.
  /// - Throws: ``BoardError`` if there is no whole board in a version of the layout that is known here.
  public init(path: String, owner: UInt32? = nil) throws(BoardError) {
    let file = try OpenFile(existing: path)
    let header = try BoardHeader(descriptor: file.descriptor, path: path, owner: owner)
    memory = BoardMemory(try file.map(BoardLayout.fileSize(slots: header.slots), writing: false))
    base = header.base
    epoch = header.epoch
    slots = header.slots
    hashStart = BoardHash.start(seed: header.seed)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: memory.start), BoardLayout.fileSize(slots: slots)) }

  /// The slot of a name, which stays the name's own; nil: it has none by now.
  public func find(_ name: UnsafeRawBufferPointer) -> BoardSlot? {
    let hash = BoardHash.hash(name, from: hashStart)
    guard case .taken(let offset) = memory.search(name, hash: hash, slots: slots),
      let number = UInt32(exactly: (offset - BoardLayout.headerSize) / BoardLayout.slotSize)
    else { return nil }
    return BoardSlot(board: self, number: number)
  }

  /// The board without a reference to its owner.
  public var unowned: UnownedBoard { UnownedBoard(memory: memory, base: base) }

  /// Gives the file back. Whoever still reads, on whatever thread, reads zeros from now on, which say to ask; only the
  /// addresses stay taken until this reader goes.
  public func discard() {
    mmap(
      UnsafeMutableRawPointer(mutating: memory.start), BoardLayout.fileSize(slots: slots), PROT_READ,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0)
  }

  /// The slot of a name, which stays the name's own; nil: it has none by now.
  public func find(_ name: String) -> BoardSlot? {
    var name = name
    return name.withUTF8 { find(UnsafeRawBufferPointer($0)) }
  }

  /// What the file says of itself; nil: something unknown.
  public var status: BoardStatus? { BoardStatus(rawValue: memory.load(BoardLayout.Header.status)) }
  /// When the daemon last said that it serves, in nanoseconds of CLOCK_MONOTONIC.
  public var heartbeat: UInt64 { memory.load(BoardLayout.Header.heartbeat) }
  /// How many changes have been published.
  public var changes: UInt64 { memory.load(BoardLayout.Header.changes) }
  /// How many names have no slot.
  public var overflow: UInt64 { memory.load(BoardLayout.Header.overflow) }
}
