/// One call under way that is watched: it holds a slot of the concurrency limit, can become overdue, or both.
struct TrackedCall {
  /// The permit's number; of one generation no two are alike.
  let number: UInt32
  /// The low 24 bits of the generation in which the call was allowed.
  let generation: UInt32
  let holder: Caller
  /// When it was allowed.
  let since: Instant
  /// When the call is no longer waited for.
  let expires: Instant
  /// When it counts as failed, though it has not returned; ``Instant/never``: it does not.
  let overdue: Instant
  /// Whether it was a probe: it ends with its episode.
  let isProbe: Bool
  /// It has counted already: what its report says enters the totals only.
  fileprivate(set) var isJudged: Bool
  /// The calls of the same connection that came before and after; 0: none.
  fileprivate var older: CallBook.Key = 0
  fileprivate var newer: CallBook.Key = 0
  /// Tells calls of several generations apart that bear the same number.
  fileprivate var arrival: UInt64 = 0

  init(
    _ token: Token, holder: Caller, since: Instant, expires: Instant, overdue: Instant, isProbe: Bool = false,
    isJudged: Bool = false
  ) {
    self.number = token.permit
    self.generation = token.generation
    self.holder = holder
    self.since = since
    self.expires = expires
    self.overdue = overdue
    self.isProbe = isProbe
    self.isJudged = isJudged
  }

  fileprivate var key: CallBook.Key { CallBook.key(generation, number) }
}

/// The tracked calls of one breaker.
///
/// Each step costs about the same however many calls there are: they are found by token, by connection (a list of each
/// one's calls, the oldest first), and by deadline (a heap in which what no longer holds is passed over, and swept out
/// when it makes up half).
struct CallBook {
  typealias Key = UInt64

  /// What ends by itself. The order is that of things that come due at one time.
  struct Deadline: Comparable {
    enum Kind: UInt8 { case overdue, lease }

    let at: Instant
    let kind: Kind
    let number: UInt32
    fileprivate let arrival: UInt64
    fileprivate let key: Key

    static func < (left: Deadline, right: Deadline) -> Bool {
      if left.at != right.at { return left.at < right.at }
      if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
      return (left.number, left.arrival) < (right.number, right.arrival)
    }
  }

  private var calls: [Key: TrackedCall] = [:]
  private var connections: [UInt64: (oldest: Key, newest: Key)] = [:]
  private var heap: [Deadline] = []
  private var arrivals: UInt64 = 0
  /// Calls of the current generation only can become overdue.
  private var generation: UInt32 = 0
  private var probes: [Key] = []

  /// How many calls are out.
  var count: Int { calls.count }
  /// For how many calls there is memory.
  var capacity: Int { max(calls.capacity, heap.capacity / 2) }
  /// What comes due next; nil: nothing does.
  var next: Deadline? { heap.first }

  func hasCall(of connection: UInt64) -> Bool { connections[connection] != nil }

  /// The oldest, so many at most, in no order.
  func oldest(_ most: Int) -> [TrackedCall] {
    guard calls.count > most else { return Array(calls.values) }
    var oldest: [TrackedCall] = []
    for call in calls.values where oldest.count < most || call.since < oldest[most - 1].since {
      let place = oldest.firstIndex { call.since < $0.since } ?? oldest.count
      oldest.insert(call, at: place)
      if oldest.count > most { oldest.removeLast() }
    }
    return oldest
  }

  mutating func insert(_ call: TrackedCall) {
    var call = call
    arrivals += 1
    call.arrival = arrivals
    call.older = connections[call.holder.connection]?.newest ?? 0
    if call.older == 0 {
      connections[call.holder.connection] = (call.key, call.key)
    } else {
      calls[call.older]?.newer = call.key
      connections[call.holder.connection]?.newest = call.key
    }
    calls[call.key] = call
    if call.isProbe { probes.append(call.key) }
    push(deadline(of: call))
  }

  /// Takes out the call that was allowed with this token.
  mutating func take(_ token: Token) -> TrackedCall? { take(Self.key(token.generation, token.permit)) }

  /// Takes out the oldest call of a connection.
  mutating func takeOldest(of connection: UInt64) -> TrackedCall? {
    connections[connection].flatMap { take($0.oldest) }
  }

  /// Takes out the bound calls of a lost connection. Returns how many there were.
  mutating func lose(connection: UInt64) -> Int {
    var key = connections[connection]?.oldest ?? 0
    var lost = 0
    while let call = calls[key] {
      key = call.newer
      if call.holder.isBound, take(call.key) != nil { lost += 1 }
    }
    return lost
  }

  /// Takes out the call that is next, whose lease has ended.
  mutating func takeNext() -> TrackedCall? { heap.first.flatMap { take($0.key) } }

  /// Marks the call that is next, which has become overdue, as judged, and returns it.
  mutating func judgeNext() -> TrackedCall? {
    guard let key = heap.first?.key, var call = calls[key] else { return nil }
    call.isJudged = true
    calls[key] = call
    tidy()
    return call
  }

  /// From now on calls of before can no longer become overdue, and probes of before are gone.
  mutating func begin(generation: UInt64) {
    self.generation = Token(generation: generation).generation
    for probe in probes { _ = take(probe) }
    probes.removeAll(keepingCapacity: true)
    tidy()
  }

  fileprivate static func key(_ generation: UInt32, _ number: UInt32) -> Key { Key(generation) << 32 | Key(number) }

  private mutating func take(_ key: Key) -> TrackedCall? {
    guard let call = calls.removeValue(forKey: key) else { return nil }
    if call.older != 0 { calls[call.older]?.newer = call.newer }
    if call.newer != 0 { calls[call.newer]?.older = call.older }
    let connection = call.holder.connection
    switch (call.older, call.newer) {
    case (0, 0): connections[connection] = nil
    case (0, let newer): connections[connection]?.oldest = newer
    case (let older, 0): connections[connection]?.newest = older
    default: break
    }
    shrink()
    tidy()
    return call
  }

  /// Gives back the memory of a time in which there were many more calls.
  private mutating func shrink() {
    guard calls.capacity > 64, calls.count < calls.capacity / 8 else { return }
    let (calls, connections) = (self.calls, self.connections)
    self.calls = [:]
    self.connections = [:]
    heap = []
    self.calls.reserveCapacity(2 * calls.count)
    for (key, call) in calls {
      self.calls[key] = call
      push(deadline(of: call))
    }
    for (connection, ends) in connections { self.connections[connection] = ends }
  }

  // MARK: Deadlines

  private func deadline(of call: TrackedCall) -> Deadline {
    let canBeOverdue = !call.isJudged && call.generation == generation && call.overdue <= call.expires
    return Deadline(
      at: canBeOverdue ? call.overdue : call.expires, kind: canBeOverdue ? .overdue : .lease, number: call.number,
      arrival: call.arrival, key: call.key)
  }

  /// Sees to it that the first of the heap holds. Of each call there is one entry, perhaps an earlier one than it should
  /// be; of calls that are gone there may be some.
  private mutating func tidy() {
    if heap.count > 2 * calls.count + 64 {
      heap.removeAll(keepingCapacity: true)
      for call in calls.values { push(deadline(of: call)) }
    }
    while let first = heap.first {
      guard let call = calls[first.key] else {
        replaceFirst(with: nil)
        continue
      }
      let deadline = deadline(of: call)
      guard deadline != first else { return }
      replaceFirst(with: deadline)
    }
  }

  private mutating func push(_ deadline: Deadline) {
    heap.append(deadline)
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard deadline < heap[parent] else { break }
      heap.swapAt(index, parent)
      index = parent
    }
  }

  private mutating func replaceFirst(with deadline: Deadline?) {
    if let deadline {
      heap[0] = deadline
    } else {
      heap.swapAt(0, heap.count - 1)
      heap.removeLast()
    }
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < heap.count else { return }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < heap[index] else { return }
      heap.swapAt(index, child)
      index = child
    }
  }
}
