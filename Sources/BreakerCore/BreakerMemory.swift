/// All that a breaker remembers, apart from its policy and the permits that are out: what a store keeps of it.
public struct BreakerMemory: Equatable, Sendable {
  /// What it was doing.
  public var state: State
  /// The generation it was in.
  public var generation: UInt64
  /// When that began.
  public var since: Instant
  /// When the state was to end by itself; ``Instant/never`` if it was not.
  public var until: Instant
  /// Openings in a row when the generation began.
  public var openings: Int
  /// What was counted since the breaker was created.
  public var totals: Totals
  /// Failures in a row.
  public var run: Int
  /// When the last of them ended; without any, the last failure before; ``Instant/distantPast`` if there was none.
  public var runEnd: Instant
  /// Probe leases that ended in a row.
  public var lapses: Int32
  /// The process that let the last of them end; 0: nobody did.
  public var lapsedProcess: Int32
  /// Checks by the prober that have failed since it opened.
  public var failedChecks: Int
  /// All calls of the generation.
  public var counts: Counts
  /// The calls in a window of time, in buckets with the time each began.
  public var timeBuckets: [Bucket]
  /// The calls in a window of calls, the oldest first: 1 failed, 2 slow, 3 both.
  public var lastCalls: [UInt8]

  /// The calls of one span of time.
  public struct Bucket: Equatable, Sendable {
    /// When the span began.
    public var start: Instant
    /// The calls.
    public var calls: Counts

    /// The bucket of these.
    public init(start: Instant, calls: Counts) {
      self.start = start
      self.calls = calls
    }
  }

  /// The memory made of these.
  public init(
    state: State, generation: UInt64, since: Instant, until: Instant, openings: Int, totals: Totals, run: Int,
    runEnd: Instant, lapses: Int32, lapsedProcess: Int32, failedChecks: Int = 0, counts: Counts,
    timeBuckets: [Bucket], lastCalls: [UInt8]
  ) {
    self.state = state
    self.generation = generation
    self.since = since
    self.until = until
    self.openings = openings
    self.totals = totals
    self.run = run
    self.runEnd = runEnd
    self.lapses = lapses
    self.lapsedProcess = lapsedProcess
    self.failedChecks = failedChecks
    self.counts = counts
    self.timeBuckets = timeBuckets
    self.lastCalls = lastCalls
  }

  /// The same, with every time moved by `span`: from one clock's origin to another's.
  public func shifted(by span: Timespan) -> BreakerMemory {
    var moved = self
    moved.since = since + span
    moved.until = until == .never ? .never : until + span
    moved.runEnd = runEnd == .distantPast ? .distantPast : runEnd + span
    for index in timeBuckets.indices { moved.timeBuckets[index].start = timeBuckets[index].start + span }
    return moved
  }
}

extension Breaker {
  /// What the breaker remembers now.
  public var memory: BreakerMemory {
    var buckets: [BreakerMemory.Bucket] = []
    var calls: [UInt8] = []
    switch tally.window {
    case .time(let window): buckets = window.contents.map { BreakerMemory.Bucket(start: $0.start, calls: $0.calls) }
    case .calls(let window): calls = window.contents
    case nil: break
    }
    return BreakerMemory(
      state: state, generation: generation, since: since, until: until, openings: openings, totals: totals, run: run,
      runEnd: tally.runEnd, lapses: rare?.lapses ?? 0, lapsedProcess: lapsedProcess, failedChecks: failedChecks,
      counts: tally.counts,
      timeBuckets: buckets, lastCalls: calls)
  }

  /// A breaker that goes on where another left off, under this policy.
  ///
  /// No permit is out. A half-open one begins a new generation (and takes the moment's number), so that the permits of
  /// before are stale; others keep theirs. A deadline that has passed meanwhile is worked off by the next
  /// ``advance(to:)``. Times in the future are taken for now; a window of another shape than the policy's is dropped.
  public init(following policy: Policy, remembering memory: BreakerMemory, at moment: Moment) {
    self.init(following: policy, at: moment)
    let isHalfOpen = memory.state == .halfOpen
    state = memory.state
    if !isHalfOpen { generation = memory.generation }
    since = min(memory.since, moment.now)
    until = isHalfOpen ? .never : memory.until
    openings = memory.openings
    totals = memory.totals
    if memory.lapses > 0 || memory.failedChecks > 0 {
      let rare = needRareState()
      rare.lapses = memory.lapses
      rare.lapsedProcess = memory.lapsedProcess
      rare.failedChecks = memory.failedChecks
    }
    rare?.nextCheck = moment.now
    rare?.calls.begin(generation: generation)
    // A call of before is not to pass for one of the same number that is made now.
    if !isHalfOpen { rare?.beginPermits(after: moment.chance) }
    // A ramp that is no longer wanted.
    if state == .closed && policy.ramp == nil { until = .never }
    guard !isHalfOpen else { return }
    tally.run = memory.run
    tally.runEnd = min(memory.runEnd, moment.now)
    tally.counts = memory.counts
    switch tally.window {
    case .time(let window):
      for bucket in memory.timeBuckets { _ = window.record(bucket.calls, endedAt: min(bucket.start, moment.now)) }
    case .calls(let window): window.append(memory.lastCalls)
    case nil: break
    }
  }

  /// Takes over the calls that `other` has let through and that are under way, before it takes the other's place. They
  /// are calls of an earlier generation to it.
  public mutating func takeOverCalls(of other: borrowing Breaker) {
    guard let others = other.rare else { return }
    let rare = needRareState()
    rare.calls = others.calls
    rare.toldCallsOut = others.toldCallsOut
    rare.calls.begin(generation: generation)
  }
}
