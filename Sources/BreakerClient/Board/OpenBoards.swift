internal import BreakerBoard
internal import Synchronization

/// The board that the handles of one client decide by. The client's event loop opens and replaces it; any thread uses it,
/// without a lock.
///
/// A thread may be in the middle of a decision when the board is replaced. So the old file is given back at once, as
/// ``BoardReader/discard()`` has it, but its addresses are only when no handle and no client is left.
///
/// Not checked by the compiler: what the pointers point to never changes, and lives as long as this.
final class OpenBoards: @unchecked Sendable {
  /// A board and its number; slots found on one are those of this number only.
  struct Opened: Sendable {
    let board: UnownedBoard
    let number: UInt32
    let reader: BoardReader
  }

  /// The one in use; nil: there is none.
  let current = Atomic<UnsafePointer<Opened>?>(nil)
  /// How many calls it has refused.
  let refusals = Atomic<Int>(0)
  private let past = Mutex<[Place]>([])

  deinit {
    for place in past.withLock({ $0 }) {
      place.opened.deinitialize(count: 1)
      place.opened.deallocate()
    }
  }

  /// The epoch of the one in use; nil: there is none.
  var epoch: UInt64? { current.load(ordering: .acquiring)?.pointee.reader.epoch }

  /// Whether there is a board that can be decided by at this time.
  func isReliable(at now: UInt64) -> Bool {
    guard let opened = current.load(ordering: .acquiring) else { return false }
    return opened.pointee.board.loss(at: now) == nil
  }

  /// Uses this board from now on, instead of the one before.
  ///
  /// - Returns: False if it is the same file, which then stays.
  func show(_ reader: BoardReader) -> Bool {
    past.withLock { past in
      let before = current.load(ordering: .acquiring)
      // A run marks its old file before it puts another at the path.
      if let before, before.pointee.reader.epoch == reader.epoch, before.pointee.reader.status == .alive {
        return false
      }
      let opened = UnsafeMutablePointer<Opened>.allocate(capacity: 1)
      opened.initialize(
        to: Opened(board: reader.unowned, number: UInt32(truncatingIfNeeded: past.count + 1), reader: reader))
      past.append(Place(opened: opened))
      current.store(UnsafePointer(opened), ordering: .releasing)
      before?.pointee.reader.discard()
      return true
    }
  }

  /// Uses no board from now on.
  func withdraw() {
    past.withLock { _ in
      current.exchange(nil, ordering: .acquiringAndReleasing)?.pointee.reader.discard()
    }
  }

  private struct Place: @unchecked Sendable {
    let opened: UnsafeMutablePointer<Opened>
  }
}
