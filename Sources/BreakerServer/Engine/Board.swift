internal import BreakerBoard
internal import BreakerStore
internal import Glibc
internal import NIOCore

/// Where the board of this daemon is to be.
struct BoardPlace {
  /// Where readers find it.
  let path: String
  /// The number that this start of the daemon has drawn.
  let epoch: UInt64
}

/// The board of this daemon, and the lock that keeps other daemons from it. It lives on the engine's event loop.
final class Board {
  /// Where readers find it, an absolute path.
  let path: String
  let writer: BoardWriter
  private let lock: FileLock
  /// Readers can find it.
  var isPlaced = false
  /// Another file is being made, a slice a turn.
  var isGrowing = false

  /// Marks the board of an earlier run as replaced, and begins another that readers do not see yet.
  ///
  /// - Throws: ``StartError``, ``FileLockError`` or ``BoardError`` if it cannot be had.
  init(at place: BoardPlace) throws {
    path = place.path.hasPrefix("/") ? place.path : ProcessFacts.workingDirectory + "/" + place.path
    // Who may look into the directories above may look into this one: the file says who may read it.
    try Directory.prepare(for: path, mode: 0o755)
    lock = try FileLock(path: path + ".lock")
    let identity = BoardIdentity(
      epoch: place.epoch, seed: .random(in: 0 ... .max), base: NIODeadline.now().uptimeNanoseconds)
    writer = try BoardWriter(path: path, identity: identity, permissions: 0o640)
  }
}
