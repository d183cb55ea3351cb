internal import BreakerStore
internal import DequeModule
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Writes what the engine decides into the store, on a thread of its own, as many changes in one commit as have come
/// while the commit before was under way.
///
/// The engine never waits for it: it puts a change into the mailbox and is told later that all up to a ticket is durable,
/// or that the store fails. A store that fails is tried again, with growing pauses; nothing that waits is lost meanwhile.
final class Journal: Sendable {
  /// Numbers are reserved in the store in blocks of so many.
  static let block: UInt64 = 1 << 20
  /// So many numbers of events are: few, so that the wall clock, at which a life begins to count, is past them in no time.
  static let sequenceBlock: UInt64 = 1 << 12
  /// Rows of a commit are made so many at a time.
  private static let part = 256
  /// Event rows kept in the store, and up to ``Store/eventsTrimmed`` more; a tenth of them is for those of admins.
  private static let eventsKept = 100_000

  struct State {
    var outbox = Outbox()
    var reads = ReadQueue()
    var tell: (@Sendable (News) -> Void)?
    /// The store is open, and no commit failed just now.
    var mayCommit = false
    /// A turn of the thread is under way, or on its way.
    var isScheduled = false
    var isTidyScheduled = false
    var failures = 0
    /// Nothing is written or opened any more.
    var isEnding = false
    var isClosed = false

    var mustCommit: Bool { mayCommit && !isEnding && !outbox.isEmpty }
    var hasWork: Bool { mustCommit || !reads.isEmpty }
  }

  let path: String
  let eventLoop: any EventLoop
  let thread = NIOThreadPool(numberOfThreads: 1)
  let state = Mutex(State())
  let place: Place

  /// Where the store and its lock are kept. Unchecked, since only the journal's one thread touches them.
  final class Place: @unchecked Sendable {
    var store: Store?
    var lock: FileLock?
    /// The engine has been told what is in it.
    var isTold = false
    var holdsLock: Bool { lock != nil }

    init(_ lock: consuming FileLock?) { self.lock = lock }

    /// Keeps other daemons from the file, unless that is done already.
    func takeLock(_ path: String) throws(FileLockError) {
      if lock == nil { lock = try FileLock(path: Journal.lockPath(path)) }
    }
  }

  /// A journal that has not opened its store.
  ///
  /// - Parameter lock: That of the store; nil: it could not be made, and is taken when that is possible.
  init(path: String, lock: consuming FileLock?, eventLoop: any EventLoop) {
    self.path = path
    self.eventLoop = eventLoop
    place = Place(lock)
    thread.start()
  }

  /// Where the lock of a store lies.
  static func lockPath(_ path: String) -> String { path + ".lock" }

  /// Opens the store and tells what is in it; tries again later if that fails.
  ///
  /// - Parameter tell: Is told the news from now on, on the event loop.
  func open(tell: @escaping @Sendable (News) -> Void) {
    state.withLock { $0.tell = tell }
    thread.submit { [self] _ in openNow() }
  }

  // MARK: From the engine

  func put(_ change: Mailbox.Change, _ event: Event?, ticket: UInt64) {
    put { $0.put(change, event, ticket: ticket) }
  }

  func put(_ event: Event, ticket: UInt64) { put { $0.put(event, ticket: ticket) } }

  func put(_ counters: StoredCounters, ticket: UInt64) { put { $0.put(counters, ticket: ticket) } }

  /// Names that are no breaker's any more, and wait to be taken out of the store.
  var waitingRemovals: Int { state.withLock { $0.outbox.removals } }

  /// Writes nothing any more, brings what was committed into one file, and lets go of it.
  func close() {
    state.withLock { $0.isEnding = true }
    thread.submit { [self] _ in
      place.store?.close()
      place.store = nil
      state.withLock { $0.isClosed = true }
    }
  }

  /// Whether ``close()`` is done.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Events that were dropped because too many waited.
  var droppedEvents: UInt64 { state.withLock { $0.outbox.mailbox.droppedEvents } }

  private func put(_ change: (inout Mailbox) -> Void) { update { change(&$0.outbox.mailbox) } }

  /// Has `slice` look at the store, on the journal's thread, again and again until it returns a result, which `then`
  /// gets on the event loop. Whatever is to be committed goes first, each time; of several reads, a slice of each.
  ///
  /// - Parameters:
  ///   - user: For whom.
  ///   - isPrivileged: Whether it may wait, however many do already, and goes before those that are not.
  ///   - slice: To take a millisecond or less. Gets nil when there is no store now.
  /// - Returns: By what it can be cancelled; nil: too many wait, and it is not done.
  func read<Result: Sendable>(
    for user: UInt32, isPrivileged: Bool, _ slice: @escaping @Sendable (Store?) -> Result?,
    then: @escaping @Sendable (Result) -> Void
  ) -> ReadQueue.Number? {
    update { [eventLoop] state in
      state.reads.add(for: user, isPrivileged: isPrivileged) { store in
        guard let result = slice(store) else { return false }
        eventLoop.execute { then(result) }
        return true
      }
    }
  }

  /// Nobody waits for this read any more.
  func cancel(_ read: ReadQueue.Number) { state.withLock { $0.reads.cancel(read) } }

  /// Changes the state, and has the thread begin if that gives it something to do.
  @discardableResult
  private func update<Result>(_ change: (inout State) -> Result) -> Result {
    let (result, mustBegin) = state.withLock { state in
      let result = change(&state)
      guard state.hasWork, !state.isScheduled else { return (result, false) }
      state.isScheduled = true
      return (result, true)
    }
    if mustBegin { thread.submit { [self] _ in turn() } }
    return result
  }

  // MARK: On the journal's thread

  /// A commit of all that waits, then a slice of a read: a change never waits for more reading than that, and readers
  /// get on however many changes come.
  private func turn() {
    commitNext()
    readNext()
    let isIdle = update { state in
      state.isScheduled = false
      return !state.hasWork
    }
    if isIdle { tidyLater() }
  }

  private func readNext() {
    guard let read = state.withLock({ $0.reads.take() }) else { return }
    let isDone = read.slice(place.store)
    state.withLock { $0.reads.putBack(read, isDone: isDone) }
  }

  private func commitNext() {
    guard let mailbox = state.withLock({ $0.mustCommit ? $0.outbox.take() : nil }) else { return }
    do throws(StoreError) {
      Failpoint.reached("before_commit")
      try place.store?.commit(parts: mailbox.batches(of: Self.part), keepingEvents: Self.eventsKept)
      Failpoint.reached("after_commit")
    } catch {
      state.withLock { $0.outbox.putBack(mailbox) }
      // All that a damaged file holds, and more, is in memory: it is set aside, and another is written.
      return [.gone, .corrupt, .noDatabase].contains(error.kind) ? lose(error) : pause(after: error)
    }
    state.withLock { $0.failures = 0 }
    pass(.committed(ticket: mailbox.ticket))
  }

  /// Brings the log into the file when nothing has come for a second.
  private func tidyLater() {
    let isFirst = state.withLock { state in
      defer { state.isTidyScheduled = true }
      return !state.isTidyScheduled
    }
    guard isFirst else { return }
    again(in: .seconds(1)) { [self] in
      let isIdle = state.withLock { state in
        state.isTidyScheduled = false
        return !state.isScheduled && state.mayCommit
      }
      if isIdle { place.store?.checkpointIfIdle() }
    }
  }

  /// Lets go of a store whose file is gone, and opens another.
  private func lose(_ error: StoreError) {
    place.store?.close()
    place.store = nil
    place.lock = nil
    state.withLock { $0.mayCommit = false }
    pass(.lost("\(error)"))
    fail("\(error)", again: openNow)
  }

  /// Tries no commit for a while.
  func pause(after error: StoreError) {
    state.withLock { $0.mayCommit = false }
    fail("\(error)", again: resume)
  }

  func resume() { update { $0.mayCommit = true } }

  func fail(_ why: String, again body: @escaping @Sendable () -> Void) {
    let failures = state.withLock { state in
      state.failures += 1
      return state.failures
    }
    pass(.failed(why))
    again(in: .milliseconds(Int64(min(1 << min(failures, 6), 30)) * 100), body)
  }

  /// Does `body` on this thread, later.
  private func again(in pause: TimeAmount, _ body: @escaping @Sendable () -> Void) {
    eventLoop.scheduleTask(in: pause) { [thread] in thread.submit { _ in body() } }
  }

  @discardableResult
  func pass(_ news: News) -> EventLoopFuture<Void> {
    guard let tell = state.withLock({ $0.tell }) else { return eventLoop.makeSucceededVoidFuture() }
    return eventLoop.submit { tell(news) }
  }
}
