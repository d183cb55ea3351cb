/// The daemon's side of the board: publishes decisions in a file that other processes map.
///
/// One thread owns it: the one that decides. Nobody else writes the path meanwhile; a lock that the caller holds sees to
/// that. The order of a run is: make it, publish what is known from before, ``place(at:)``, serve, ``stop()``.
///
/// When ``needsRoom``, the caller calls ``grow(_:)`` once in each of its turns until there is nothing more to do.
public final class BoardWriter {
  /// Where readers find the board.
  public let path: String
  /// Who may read it.
  let permissions: UInt32
  let identity: BoardIdentity
  /// What the hash of each name goes on from.
  private let hashStart: UInt64
  /// The file that readers use.
  var file: BoardFile
  /// The one that is to take its place.
  var growth: Growth?
  /// How many names are to come, as far as that is known: the next file is made large enough for them.
  public var expectedNames: Int

  /// Marks the board that an earlier run may have left at `path` as replaced, and begins another one beside it, which nobody
  /// sees yet.
  ///
  /// - Parameters:
  ///   - permissions: Of the file, whatever the umask; 0640 for a service whose group may read.
  ///   - names: How many names are expected, so that there is room for them at once.
  /// - Throws: What ``retire(_:)`` throws; ``BoardError/Kind/system(_:)`` if the file cannot be made or has no room.
  public init(
    path: String, identity: BoardIdentity, permissions: UInt32 = 0o600, names: Int = 0
  ) throws(BoardError) {
    try Self.retire(path)
    try Self.removeLeftovers(path)
    self.path = path
    self.permissions = permissions
    self.identity = identity
    hashStart = BoardHash.start(seed: identity.seed)
    expectedNames = names
    let slots = Self.slots(for: names)
    let reservation = try BoardReservation(
      path: Self.temporaryPath(path, 0), slots: slots, permissions: permissions)
    while try !reservation.reserve(slots: slots) {}
    file = try reservation.finish(identity)
  }

  /// Shows the board to readers: from now on it is at its path, whole and with a heartbeat.
  ///
  /// - Parameter now: Nanoseconds of CLOCK_MONOTONIC.
  /// - Throws: ``BoardError/Kind/system(_:)`` if the file cannot be renamed; it can be tried again.
  public func place(at now: UInt64) throws(BoardError) {
    beat(at: now)
    try file.place(at: path)
  }

  /// Publishes what is to be decided by for a name. When it returns, every reader sees it.
  ///
  /// It costs the same whatever it is: a hash and a look at one slot or a few. Nothing is stored that is there already.
  ///
  /// - Parameters:
  ///   - slowCall: From how many milliseconds on a call is slow; 0: none is.
  ///   - name: 1 to 104 bytes.
  /// - Returns: Whether the name has a slot. One that has none will find none in this file either; ``filesPlaced`` says
  ///   when there is another.
  @discardableResult
  public func publish(_ word: BoardWord, slowCall: UInt32, for name: UnsafeRawBufferPointer) -> Bool {
    guard 1...BoardLayout.nameCapacity ~= name.count else { return false }
    let hash = BoardHash.hash(name, from: hashStart)
    let hasSlot = file.publish(word, slowCall: slowCall, for: name, hash: hash)
    if case .copying(let next, _) = growth { _ = next.publish(word, slowCall: slowCall, for: name, hash: hash) }
    return hasSlot
  }

  /// Tells readers to ask the daemon about this name, which it no longer knows. Its slot is not given to another.
  public func forget(_ name: UnsafeRawBufferPointer) {
    guard 1...BoardLayout.nameCapacity ~= name.count else { return }
    let hash = BoardHash.hash(name, from: hashStart)
    file.forget(name, hash: hash)
    if case .copying(let next, _) = growth { next.forget(name, hash: hash) }
  }

  /// Says that the daemon serves. Readers rely on it for two seconds.
  ///
  /// - Parameter now: Nanoseconds of CLOCK_MONOTONIC.
  public func beat(at now: UInt64) { file.heartbeat = now }

  /// Tells readers that the daemon ends. The file stays where it is; the next run marks it as replaced.
  public func stop() {
    growth = nil
    file.status = .stopping
  }

  /// Whether readers still find the board where it was placed: somebody may have removed it.
  public var isInPlace: Bool { file.isThere(path) }

  /// What retry times are counted from, in nanoseconds of CLOCK_MONOTONIC.
  public var base: UInt64 { identity.base }
  /// Slots of the file that readers use.
  public var slots: Int { file.slots }
  /// How many of them bear a name, be it forgotten.
  public var usedSlots: Int { file.used }
  /// How many bear a name that is not forgotten.
  public var names: Int { file.live }
  /// How many names have no slot.
  public var overflow: Int { file.overflowCount }
  /// How many changes have been published in this run.
  public var changes: UInt64 { file.changes }
  /// How often one file has taken another's place: while it stays the same, a name without a slot gets none.
  public internal(set) var replacements = 0
}
