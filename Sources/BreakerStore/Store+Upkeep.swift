internal import CSQLite
internal import Glibc

extension Store {
  /// Brings what was committed from the log into the file, if there is anything, and gives memory back. For times when
  /// there is nothing else to do; it waits for the disk.
  ///
  /// - Returns: What went wrong. Nothing is lost by that: it stays in the log, and the next call tries again.
  @discardableResult
  public func checkpointIfIdle() -> StoreError? {
    do throws(StoreError) {
      guard wantsCheckpoint else { return nil }
      let database = try usable().database
      let result = sqlite3_wal_checkpoint_v2(database.handle, "main", SQLITE_CHECKPOINT_PASSIVE, nil, nil)
      guard result == SQLITE_OK else { throw database.failure(result) }
      wantsCheckpoint = false
      sqlite3_db_release_memory(database.handle)
      return nil
    } catch {
      return error
    }
  }

  /// Writes a copy of everything committed to a new file that nobody else may read. It is an ordinary database, without
  /// a log, that ``init(path:vfs:)`` can open.
  ///
  /// The file is there only when it is complete and on the disk. It is written as `PATH.partial`, which is removed when
  /// something goes wrong, or else by the next backup to the same path.
  ///
  /// - Throws: ``StoreError``, also when there is something at `path` already: that is left as it is.
  public func backup(to path: String) throws(StoreError) {
    let database = try usable().database
    let path = try StoreFile.literal(path)
    guard !StoreFile.exists(path) else { throw StoreError(.cantOpen, "there is such a file already", path: path) }
    let partial = path + SetAside.partial
    unlink(partial)
    try StoreFile.createEmpty(partial)
    defer { unlink(partial) }

    let copy = try database.prepare("VACUUM INTO ?1")
    try copy.bind(1, partial)
    do throws(StoreError) {
      try copy.run()
    } catch {
      throw error.moved(to: path)
    }
    try StoreFile.synchronize(partial)
    // Not a rename, which would replace a file that has come meanwhile.
    guard link(partial, path) == 0 else { throw StoreError(systemError: errno, "it cannot be named so", path: path) }
    unlink(partial)
    try StoreFile.synchronize(StoreFile.split(path).directory, directory: true)
  }

  /// Moves a damaged file, with its log, out of the way: from `PATH` to `PATH.damaged-TIME`. Nothing is deleted. The
  /// file must not be open.
  ///
  /// This works once: as long as there is such a file beside it, it throws, so that a daemon that is started again and
  /// again on a failing disk does not fill it.
  ///
  /// - Returns: The new path.
  public static func setAside(path: String) throws(StoreError) -> String {
    try SetAside.perform(StoreFile.literal(path))
  }

  /// Where a damaged file was set aside that is still there; nil: there is none.
  public static func earlierSetAside(path: String) -> String? {
    (try? StoreFile.literal(path)).flatMap { try? SetAside.earlier($0) }
  }
}
