internal import Synchronization

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

extension BoardWriter {
  /// Marks the board that an earlier run left at a path as replaced: from then on nobody decides by it. The caller holds the
  /// lock that says that no other daemon writes it.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: ``BoardError``, if there is something else, which is then left as it is: a link, a file that is no whole board in
  ///   this version of the layout, somebody else's file.
  @discardableResult
  public static func retire(_ path: String) throws(BoardError) -> Bool {
    let file: OpenFile
    do {
      file = try OpenFile(existing: path, writing: true)
    } catch {
      guard error.kind == .system(ENOENT) else { throw error }
      return false
    }
    _ = try BoardHeader(descriptor: file.descriptor, path: path, owner: geteuid())
    let memory = try file.map(BoardLayout.headerSize, writing: true)
    (memory + BoardLayout.Header.status).assumingMemoryBound(to: Atomic<UInt64>.self).pointee
      .store(BoardStatus.replaced.rawValue, ordering: .releasing)
    munmap(memory, BoardLayout.headerSize)
    return true
  }

  /// Removes what a run that was killed has left half made.
  static func removeLeftovers(_ path: String) throws(BoardError) {
    for number in 0..<2 {
      let leftover = temporaryPath(path, number)
      guard unlink(leftover) == 0 || errno == ENOENT else { throw .system("it cannot be removed", path: leftover) }
    }
  }
}
