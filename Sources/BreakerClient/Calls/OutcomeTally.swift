internal import BreakerCore
internal import BreakerProtocol
internal import Synchronization

/// Counts what is not told at once: calls of one breaker that worked, by generation, and calls that the board refused.
///
/// Successes are counted without a lock, by all threads at once, in one word (``OpenBatch``). A batch begins and ends under
/// a lock, and what ends it is sent under it too. So what one thread has counted is always told before what the same
/// thread tells next: either it sends it itself, or whoever has taken it has sent it before letting go of the lock.
///
/// Times are nanoseconds of CLOCK_MONOTONIC, by the coarse clock.
struct OutcomeTally: ~Copyable, Sendable {
  /// How long the first of a batch may wait.
  static let interval: UInt64 = 100_000_000
  /// How long everything is told at once after a generation was first seen: a fresh window must not be filled by failures
  /// alone.
  static let freshness: UInt64 = 1_000_000_000

  private let name: String
  private let clock: MonotonicClock
  private let send: @Sendable ([QuietRequest]) -> Void
  private let batch = Atomic<UInt64>(0)
  /// When the first thing that waits came; ``never``: nothing waits. Changes under the lock.
  private let since = Atomic<UInt64>(never)
  private let seen = Atomic<UInt64>(SeenGeneration.none.bits)
  private let rest: Mutex<Rest>

  /// As a signed number after every time, so that nothing is ever due.
  private static let never = UInt64(Int64.max)

  /// What the lock guards.
  struct Rest {
    var refusals = 0
    var tellsAtOnce: Bool
    /// When the latest failure ended; nil: there was none.
    var lastFailure: Instant?
  }

  /// - Parameters:
  ///   - tellsAtOnce: Whether nothing is to wait.
  ///   - send: Takes what is to be told, in order, and returns at once.
  init(
    name: String, clock: MonotonicClock, tellsAtOnce: Bool = false, send: @escaping @Sendable ([QuietRequest]) -> Void
  ) {
    self.name = name
    self.clock = clock
    self.send = send
    rest = Mutex(Rest(tellsAtOnce: tellsAtOnce))
  }

  /// The generation seen last, as a token without permit; nil: none.
  var lastToken: Token? {
    SeenGeneration(bits: seen.load(ordering: .relaxed)).generation.map { Token(generation: UInt64($0)) }
  }

  // MARK: At the start of a call

  /// A call is let pass in a generation.
  @inline(__always) func begin(_ generation: UInt32, at now: UInt64) {
    if !SeenGeneration(bits: seen.load(ordering: .relaxed)).matches(generation) { see(generation, at: now) }
    if isDue(at: now) { flush() }
  }

  /// A call was refused by what the board says.
  ///
  /// - Returns: Whether it is the first thing that waits.
  @discardableResult func refuse(at now: UInt64) -> Bool {
    rest.withLock { rest in
      rest.refusals += 1
      let isFirst = waits(at: now)
      if isDue(at: now) || rest.refusals >= Limits.count || rest.tellsAtOnce { send(take(&rest)) }
      return isFirst
    }
  }

  // MARK: At its end

  /// A call has worked.
  ///
  /// - Returns: Whether it is the first thing that waits.
  @discardableResult @inline(__always) func succeed(_ generation: UInt32, at now: UInt64) -> Bool {
    var bits = batch.load(ordering: .acquiring)
    while true {
      let open = OpenBatch(bits: bits)
      let elapsed = now &- since.load(ordering: .relaxed)
      guard open.takes(generation), elapsed < Self.interval else { return succeedSlowly(generation, at: now) }
      let result = batch.weakCompareExchange(
        expected: bits, desired: open.adding(elapsed: elapsed).bits, successOrdering: .relaxed,
        failureOrdering: .acquiring)
      if result.exchanged { return false }
      bits = result.original
    }
  }

  /// Something is told at once, behind all that waits.
  func tell(_ report: PendingReport) {
    rest.withLock { rest in
      send(take(&rest) + [.report(report)])
      if report.outcome == .fail { rest.lastFailure = report.endedAt }
    }
  }

  /// Sends what waits.
  func flush() { rest.withLock { sendAll(&$0) } }

  /// Sends what waits; from now on nothing does.
  func close() {
    rest.withLock { rest in
      rest.tellsAtOnce = true
      sendAll(&rest)
    }
  }

  // MARK: Under the lock

  private func succeedSlowly(_ generation: UInt32, at now: UInt64) -> Bool {
    rest.withLock { rest in
      let open = OpenBatch(bits: batch.load(ordering: .relaxed))
      let isFresh = !SeenGeneration(bits: seen.load(ordering: .relaxed)).isOld(generation, at: now)
      guard !isFresh, !rest.tellsAtOnce, open.isEmpty || open.takes(generation) else {
        send(take(&rest) + [.report(success(generation, count: 1, endedAt: clock.now(), after: rest.lastFailure))])
        return false
      }
      let isFirst = waits(at: now)
      let elapsed = now &- since.load(ordering: .relaxed)
      add(generation, elapsed: Int64(bitPattern: elapsed) < 0 ? 0 : elapsed)
      if isDue(at: now) || !OpenBatch(bits: batch.load(ordering: .relaxed)).takes(generation) {
        send(take(&rest, newestEndedAt: clock.now()))
      }
      return isFirst
    }
  }

  private func see(_ generation: UInt32, at now: UInt64) {
    rest.withLock { rest in
      guard !SeenGeneration(bits: seen.load(ordering: .relaxed)).matches(generation) else { return }
      sendAll(&rest)
      seen.store(SeenGeneration(generation, since: now).bits, ordering: .relaxed)
    }
  }

  /// Others may be adding to the batch, but nobody begins or ends it.
  private func add(_ generation: UInt32, elapsed: UInt64) {
    var bits = batch.load(ordering: .relaxed)
    while true {
      let open = OpenBatch(bits: bits)
      let next = open.isEmpty ? open.beginning(generation, elapsed: elapsed) : open.adding(elapsed: elapsed)
      let result = batch.weakCompareExchange(expected: bits, desired: next.bits, ordering: .releasing)
      if result.exchanged { return }
      bits = result.original
    }
  }

  /// Returns whether nothing waited before.
  private func waits(at now: UInt64) -> Bool {
    guard since.load(ordering: .relaxed) == Self.never else { return false }
    since.store(now, ordering: .relaxed)
    return true
  }

  @inline(__always) private func isDue(at now: UInt64) -> Bool {
    Int64(bitPattern: now &- since.load(ordering: .relaxed)) >= Int64(Self.interval)
  }

  private func sendAll(_ rest: inout Rest) {
    let requests = take(&rest)
    if !requests.isEmpty { send(requests) }
  }

  /// Takes all that waits: the successes, and the refusals.
  ///
  /// - Parameter newestEndedAt: When the newest success ended; nil: what the batch knows, which is up to a millisecond early.
  private func take(_ rest: inout Rest, newestEndedAt: Instant? = nil) -> [QuietRequest] {
    let start = since.load(ordering: .relaxed)
    guard start != Self.never else { return [] }
    var bits = batch.load(ordering: .relaxed)
    while true {
      let result = batch.weakCompareExchange(
        expected: bits, desired: OpenBatch(bits: bits).ended.bits, ordering: .acquiringAndReleasing)
      if result.exchanged { break }
      bits = result.original
    }
    since.store(Self.never, ordering: .relaxed)
    var requests: [QuietRequest] = []
    let open = OpenBatch(bits: bits)
    if !open.isEmpty {
      let endedAt = newestEndedAt ?? Instant(microseconds: Int64((start &+ open.elapsed) / 1_000))
      requests.append(
        .report(success(open.generation, count: open.count, endedAt: endedAt, after: rest.lastFailure)))
    }
    if rest.refusals > 0 {
      requests.append(.refusals(name: name, count: rest.refusals))
      rest.refusals = 0
    }
    return requests
  }

  private func success(_ generation: UInt32, count: Int, endedAt: Instant, after failure: Instant?) -> PendingReport {
    PendingReport(
      name: name, outcome: .ok, token: Token(generation: UInt64(generation)), endedAt: endedAt, count: count,
      after: failure)
  }
}
