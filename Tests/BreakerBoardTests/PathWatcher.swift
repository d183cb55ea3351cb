import BreakerBoard
import Foundation
import Synchronization

/// Looks which file is at a board's path, as fast as it can, and at the status of the one that was there.
final class PathWatcher: Sendable {
  let isOver = Atomic(false)
  /// Files that have been at the path.
  let files = Atomic(0)
  /// Those whose place another had taken while they were still alive.
  let unmarked = Atomic(0)
  private let path: String

  init(path: String) { self.path = path }

  func run() {
    while !isOver.load(ordering: .relaxed) {
      // The same before and after, so it is the one that has been opened; mapped, its number is not given to another.
      let number = inode
      guard let board = try? BoardReader(path: path), inode == number else { continue }
      files.add(1, ordering: .relaxed)
      while inode == number, !isOver.load(ordering: .relaxed) {}
      if inode != number, board.status != .replaced { unmarked.add(1, ordering: .relaxed) }
    }
  }

  private var inode: ino_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_ino : 0
  }
}
