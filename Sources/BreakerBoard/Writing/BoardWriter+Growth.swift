/// Another file for a board that is three quarters full, made in slices while the old one serves.
///
/// First the new file is given its room, then the live names are copied slot by slot. What is published while that goes on
/// is published in both. When all is copied, the old file is marked as replaced, and after that, in the same turn, the new
/// one is renamed into its place. In this order a reader of the old file never decides by it once anything has been
/// published in the new one only, even if the daemon is killed between any two steps: an old file that is no longer at the
/// path, where the next run would find it, has been marked.
extension BoardWriter {
  /// What there is of the new file.
  enum Growth {
    /// It is being given its room.
    case reserving(BoardReservation)
    /// It is being filled; the slots of the old file before this one have been copied.
    case copying(BoardFile, next: Int)
  }

  /// Whether the file is three quarters full, or half full and has left a name without a slot, or is too small for what is
  /// expected; or another is being made.
  public var needsRoom: Bool {
    growth != nil || file.used * 4 >= file.slots * 3 || expectedNames * 2 > file.slots
      || file.overflowCount > 0 && file.used * 2 > file.slots
  }

  /// Does a piece of the work of making another file, at most half of which the live names take.
  ///
  /// - Parameter slots: How much is done: so many slots are copied, which takes about half a microsecond each.
  /// - Returns: Whether there is more to do.
  /// - Throws: ``BoardError/Kind/system(_:)``. What had been done is given up, and the old file goes on serving; ``needsRoom``
  ///   stays true, but nothing is gained by trying again at once.
  public func grow(_ slots: Int) throws(BoardError) -> Bool {
    guard needsRoom else { return false }
    let under = growth
    // Whatever fails below, the new file goes.
    growth = nil
    switch under {
    case nil:
      let path = Self.temporaryPath(path, replacements + 1)
      growth = .reserving(
        try BoardReservation(
          path: path, slots: Self.slots(for: max(file.live, expectedNames)), permissions: permissions))
    case .reserving(let reservation):
      let isWhole = try reservation.reserve(slots: slots * 4)
      growth = isWhole ? .copying(try reservation.finish(identity), next: 0) : .reserving(reservation)
    case .copying(let next, let first):
      let end = min(first + slots, file.slots)
      for slot in first..<end { file.copy(slot: slot, to: next) }
      guard end == file.slots else {
        growth = .copying(next, next: end)
        return true
      }
      try replace(with: next)
      return false
    }
    return true
  }

  private func replace(with next: BoardFile) throws(BoardError) {
    next.heartbeat = file.heartbeat
    next.changes = max(next.changes, file.changes) + 1
    if file.isPlaced {
      file.status = .replaced
      do {
        try next.place(at: path)
      } catch {
        // Nothing has been published since, so it is as good as it was.
        file.status = .alive
        throw error
      }
    }
    file = next
    expectedNames = 0
    replacements += 1
  }

  /// The slots of a file in which so many names take half at most, so that a quarter is free until the next is needed.
  static func slots(for names: Int) -> Int {
    var slots = BoardLayout.leastSlots
    while names * 2 > slots { slots *= 2 }
    return slots
  }

  /// Where a file lies until it is placed. There may be two at once.
  static func temporaryPath(_ path: String, _ number: Int) -> String { "\(path).new\(number % 2)" }
}
