internal import BreakerStore
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Writes what the engine decides into the store, on a thread of its own, as many changes in one commit as have come
/// while the commit before was under way.
///
/// The engine never waits for it: it puts a change into the mailbox and is told later that all up to a ticket is durable,
/// or that the store fails. A store that fails is tried again, with growing pauses; nothing that waits is lost meanwhile.
final class Journal: Sendable {
  /// What the engine is told, on its own thread.
  enum News: Sendable {
    /// Rows of an earlier run.
    case rows([BreakerRow])
    /// All rows have been told; numbers from these on are free to use up to the reserved bounds.
    case loaded(StartNumbers, damage: String?)
    /// Everything up to this ticket is durable.
    case committed(ticket: UInt64)
    /// The store does not take changes now.
    case failed(String)
  }

  /// Where numbers go on in this run.
  struct StartNumbers: Sendable {
    let generation: UInt64
    let generationBound: UInt64
    let sequence: UInt64
    let sequenceBound: UInt64
  }

  /// Numbers are reserved in the store in blocks of so many.
  static let block: UInt64 = 1 << 20
  /// Rows are handed to the engine so many at a time.
  private static let chunk = 2_048
  /// Event rows kept in the store.
  private static let eventsKept = 100_000

  private struct State {
    var mailbox = Mailbox()
    var tell: (@Sendable (News) -> Void)?
    var isOpen = false
    var isScheduled = false
    var failures = 0
  }

  private let path: String
  private let eventLoop: any EventLoop
  private let thread = NIOThreadPool(numberOfThreads: 1)
  private let state = Mutex(State())
  private let place = Place()

  /// Where the store is kept. Unchecked, since only the journal's one thread touches it.
  private final class Place: @unchecked Sendable {
    var store: Store?
  }

  /// A journal that has not opened its store.
  init(path: String, eventLoop: any EventLoop) {
    self.path = path
    self.eventLoop = eventLoop
    thread.start()
  }

  /// Opens the store and tells what is in it; tries again later if that fails.
  ///
  /// - Parameter tell: Is told the news from now on, on the event loop.
  func open(tell: @escaping @Sendable (News) -> Void) {
    state.withLock { $0.tell = tell }
    thread.submit { [self] _ in openNow() }
  }

  // MARK: From the engine

  func put(_ name: String, _ change: Mailbox.Change, _ event: EventRow?, ticket: UInt64) {
    put { $0.put(name, change, event, ticket: ticket) }
  }

  func put(_ event: EventRow, ticket: UInt64) { put { $0.put(event, ticket: ticket) } }

  func put(_ counters: StoredCounters) { put { $0.put(counters) } }

  private func put(_ change: (inout Mailbox) -> Void) {
    let mustSchedule = state.withLock { state in
      change(&state.mailbox)
      guard state.isOpen, !state.isScheduled else { return false }
      state.isScheduled = true
      return true
    }
    if mustSchedule { thread.submit { [self] _ in writeAll() } }
  }

  /// Runs `body` on the journal's thread with the store, after the commits that wait; nil: there is no store now.
  func read<Result: Sendable>(
    _ body: @escaping @Sendable (Store?) -> Result, then: @escaping @Sendable (Result) -> Void
  ) {
    thread.submit { [self] _ in
      let result = body(place.store)
      eventLoop.execute { then(result) }
    }
  }

  // MARK: On the journal's thread

  private func openNow() {
    do {
      let (store, damage) = try Self.openStore(path)
      var rows: [BreakerRow] = []
      let report = try store.load { row in
        rows.append(row)
        guard rows.count == Self.chunk else { return }
        pass(.rows(rows))
        rows.removeAll(keepingCapacity: true)
      }
      if !rows.isEmpty { pass(.rows(rows)) }
      let numbers = try Self.reserve(store)
      place.store = store
      state.withLock { state in
        state.isOpen = true
        state.isScheduled = true
      }
      let lost = report.damaged > 0 ? "\(report.damaged)_damaged_rows_left_out" : nil
      pass(.loaded(numbers, damage: damage ?? lost))
      writeAll()
    } catch {
      fail(error, again: openNow)
    }
  }

  private static func openStore(_ path: String) throws(StoreError) -> (Store, damage: String?) {
    do {
      return (try Store(path: path), nil)
    } catch  where error.kind == .corrupt || error.kind == .foreign {
      let aside = try Store.setAside(path: path)
      return (try Store(path: path), "damaged_store_set_aside_as_\(aside)")
    }
  }

  /// Takes a fresh block of generation and event numbers, durably, before any is used.
  private static func reserve(_ store: Store) throws(StoreError) -> StartNumbers {
    let before = store.counters
    // A new file knows nothing of earlier ones, whose tokens may still be about.
    let base =
      before.generation > 0 ? UInt64(before.generation) : UInt64.random(in: 1..<1 << 28) * block
    let generation = base + .random(in: 1...block / 2)
    let sequence = UInt64(max(before.sequence, 1))
    try store.commit(
      Batch(
        rows: [], removed: [], events: [],
        counters: StoredCounters(
          generation: Int64(clamping: base + block), sequence: Int64(clamping: sequence + block))))
    return StartNumbers(
      generation: generation, generationBound: base + block, sequence: sequence, sequenceBound: sequence + block)
  }

  /// Commits what is in the mailbox until nothing is.
  private func writeAll() {
    while true {
      let mailbox = state.withLock { state -> Mailbox? in
        guard !state.mailbox.isEmpty else {
          state.isScheduled = false
          return nil
        }
        return state.mailbox.take()
      }
      guard let mailbox else { return }
      do {
        Failpoint.reached("before_commit")
        try place.store?.commit(mailbox.batch)
        Failpoint.reached("after_commit")
        _ = try place.store?.trimEvents(keeping: Self.eventsKept)
        state.withLock { $0.failures = 0 }
        pass(.committed(ticket: mailbox.ticket))
      } catch {
        state.withLock { $0.mailbox.putBack(mailbox) }
        return fail(error, again: writeAll)
      }
    }
  }

  private func fail(_ error: StoreError, again: @escaping @Sendable () -> Void) {
    let failures = state.withLock { state in
      state.failures += 1
      state.isScheduled = true
      return state.failures
    }
    pass(.failed("\(error)"))
    let pause = min(1 << min(failures, 6), 30) * 100
    eventLoop.execute { [self] in
      eventLoop.scheduleTask(in: .milliseconds(Int64(pause))) { [self] in thread.submit { _ in again() } }
    }
  }

  private func pass(_ news: News) {
    guard let tell = state.withLock({ $0.tell }) else { return }
    eventLoop.execute { tell(news) }
  }
}
