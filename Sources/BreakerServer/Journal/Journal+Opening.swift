internal import BreakerStore
internal import DequeModule
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Opening the store. What it holds comes first, since that takes no write: a slow or failing disk must not keep what
/// was acknowledged from being in force.
extension Journal {
  /// Rows are handed to the engine so many at a time.
  private static let chunk = 256
  private static let chunksAhead = 16

  func openNow() {
    guard !state.withLock({ $0.isEnding }) else { return }
    do {
      try place.takeLock(path)
      try use(Self.openStore(path))
    } catch {
      if !place.isTold { tellUnwritable() }
      fail("\(error)", again: openNow)
    }
  }

  private func use(_ opened: (store: Store, damage: Damage?)) throws(StoreError) {
    let store = opened.store
    let numbers = Self.freshNumbers(after: store.counters)
    pass(.numbers(numbers))
    pass(.coming(breakers: try store.countBreakers()))
    let lost = try tellRows { each throws(StoreError) in try store.load(each) }
    place.isTold = true
    let trouble = reserve(numbers, in: store)
    place.store = store
    let damages = [opened.damage, lost.map { Self.damage(rows: $0, in: store) }].compactMap { $0 }
    // All of it must be in its place before anything is written over it.
    try? pass(.loaded(damages: damages)).wait()
    state.withLock { $0.failures = 0 }
    if let trouble { pause(after: trouble) } else { resume() }
    examineEvents()
  }

  /// Looks for damaged events, some at a time: nobody waits for that, and a start least of all.
  private func examineEvents(since: Int64 = .min, found: Int = 0) {
    guard let store = place.store, let part = try? store.damagedEvents(since: since, scan: 1_000) else { return }
    let found = found + part.count
    if let next = part.next {
      thread.submit { [self] _ in examineEvents(since: next, found: found) }
    } else if found > 0 {
      pass(.damaged(Self.damage(events: found, in: store)))
    }
  }

  private static func openStore(_ path: String) throws(StoreError) -> (Store, damage: Damage?) {
    do {
      let store = try open(path)
      // Nobody has looked after it yet.
      return (store, Store.earlierSetAside(path: path).map { Damage(setAsideAs: $0) })
    } catch  where error.kind == .corrupt || error.kind == .noDatabase {
      let (aside, report) = try Store.replaceDamaged(path: path)
      return (try open(path), Damage(setAsideAs: aside, error: error, report))
    }
  }

  /// An admin finds the damaged rows in a copy, and says by moving it away that they are looked after.
  private static func damage(rows: Int, in store: Store) -> Damage {
    guard let copy = try? store.setDamagedRowsAside() else { return Damage(leftOut: rows, "rows") }
    return Damage(setAsideAs: copy, rows: rows)
  }

  private static func damage(events: Int, in store: Store) -> Damage {
    guard let copy = try? store.setDamagedRowsAside() else { return Damage(leftOut: events, "events") }
    return Damage(setAsideAs: copy, events: events)
  }

  private static func open(_ path: String) throws(StoreError) -> Store {
    let store = try Store(path: path)
    #if DEBUG
      store.afterRow = { Failpoint.reached("mid_commit") }
    #endif
    return store
  }

  /// Tells what is in a store that can be read at least, or parts of which can, if it is one, and nobody else has it.
  private func tellUnwritable() {
    guard place.holdsLock else { return }
    do throws(StoreError) {
      _ = try tellRows { each throws(StoreError) in try Store.load(unwritable: path, each) }
      place.isTold = true
    } catch {
      switch error.kind {
      case .busy, .newer, .foreign, .notAFile: return
      case .full, .io, .corrupt, .noDatabase, .gone, .readOnly, .cantOpen, .other: break
      }
      // It could not be set aside, or its log cannot be read where nothing can be written; what is in it is still in force.
      let told = try? tellRows { each throws(StoreError) in
        let report = try Store.salvage(path: path, each)
        return LoadReport(rows: report.rows)
      }
      place.isTold = told != nil
    }
  }

  // MARK: Numbers

  /// Those of a block after all that were ever given out with this file.
  private static func freshNumbers(after stored: StoredCounters) -> StartNumbers {
    // A new file knows nothing of earlier ones, whose tokens may still be about.
    let base = stored.generation > 0 ? UInt64(stored.generation) : UInt64.random(in: 1..<1 << 28) * block
    let sequence = max(UInt64(max(stored.sequence, 0)), uncountedSequence)
    return StartNumbers(
      generation: base + .random(in: 1...block / 2), generationBound: base + block, sequence: sequence,
      sequenceBound: sequence + sequenceBlock)
  }

  /// Takes these numbers, durably. If the store fails the next life will find them free again, so this one goes on at
  /// random, far above; how far it has come is stored with the first commit.
  private func reserve(_ numbers: StartNumbers, in store: Store) -> StoreError? {
    do throws(StoreError) {
      Failpoint.reached("before_reserve")
      try store.commit(Batch(counters: numbers.bounds))
      return nil
    } catch {
      var far = numbers.bounds
      far.generation += Int64(Self.block) * .random(in: 1..<1 << 20)
      let numbers = Self.freshNumbers(after: far)
      state.withLock { $0.outbox.mailbox.put(numbers.bounds, ticket: $0.outbox.mailbox.ticket) }
      pass(.numbers(numbers))
      return error
    }
  }

  /// The number of the next event where no store says what it is: greater than any of before, as long as the wall clock
  /// is not set back.
  static var uncountedSequence: UInt64 { UInt64(max(WallClock.microseconds, 1)) }

  // MARK: Rows

  /// Tells the rows that `load` finds.
  ///
  /// - Returns: What is missing.
  private func tellRows(
    _ load: ((BreakerRow) -> Void) throws(StoreError) -> LoadReport
  ) throws(StoreError) -> Int? {
    var snapshots: [Snapshot] = []
    snapshots.reserveCapacity(Self.chunk)
    var untaken: Deque<EventLoopFuture<Void>> = []
    var senseless = 0
    var time = ClockReading.current
    let report = try load { row in
      guard let snapshot = RowCoding.snapshot(of: row, at: time) else {
        senseless += 1
        return
      }
      snapshots.append(snapshot)
      guard snapshots.count == Self.chunk else { return }
      // Read no further ahead than this: a large file must not lie in memory twice.
      if untaken.count == Self.chunksAhead { try? untaken.popFirst()?.wait() }
      untaken.append(pass(.breakers(snapshots)))
      snapshots = []
      snapshots.reserveCapacity(Self.chunk)
      time = .current
    }
    if !snapshots.isEmpty { pass(.breakers(snapshots)) }
    let damaged = report.damaged + senseless
    return damaged > 0 ? damaged : nil
  }
}
