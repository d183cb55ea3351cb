#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A board's file that is still being given its room, piece by piece: on a tmpfs that takes a tenth of a second for a
/// million names. With the room it has, no access to it can ever fail for want of space.
final class BoardReservation {
  private let file: OpenFile
  private let slots: Int
  private var reserved = 0
  private var isFinished = false

  /// An empty file at a path where there is none.
  init(path: String, slots: Int, permissions: UInt32) throws(BoardError) {
    file = try OpenFile(new: path, permissions: permissions)
    self.slots = slots
  }

  deinit { if !isFinished { unlink(file.path) } }

  /// Reserves room for so many slots more.
  ///
  /// - Returns: Whether there is room for all.
  func reserve(slots count: Int) throws(BoardError) -> Bool {
    let size = BoardLayout.fileSize(slots: slots)
    let piece = min(count * BoardLayout.slotSize + BoardLayout.headerSize, size - reserved)
    var failure = EINTR
    while piece > 0, failure == EINTR { failure = posix_fallocate(file.descriptor, reserved, piece) }
    guard piece == 0 || failure == 0 else { throw .system("there is no room for it", path: file.path, failure) }
    reserved += piece
    return reserved == size
  }

  /// The file, mapped and with its header, once it has all its room.
  func finish(_ identity: BoardIdentity) throws(BoardError) -> BoardFile {
    let memory = try file.map(BoardLayout.fileSize(slots: slots), writing: true)
    isFinished = true
    return BoardFile(path: file.path, memory: memory, slots: slots, identity)
  }
}
