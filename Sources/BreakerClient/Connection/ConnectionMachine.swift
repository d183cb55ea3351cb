internal import BreakerCore
internal import BreakerProtocol
internal import DequeModule

/// Decides what a connection to the daemon does. It has no clock, no socket and no log: it is told what happened and
/// when, and returns what to do.
///
/// Requests wait for their replies in a queue, since replies come in order. One that has timed out stays in it, so
/// that its late reply is known for what it is.
struct ConnectionMachine<Waiter> {
  /// Where the connection stands.
  enum State: Equatable {
    /// Nothing was tried yet. The first request leads to `connecting`.
    case idle
    /// The socket is being opened. Leads to `greeting`, or by failure or at `until` to `backingOff`.
    case connecting(until: Instant)
    /// `hello` was sent, with requests behind it. Its reply leads to `up`, a time-out to `stalled`, loss to `backingOff`.
    case greeting
    /// Replies come. A time-out leads to `stalled`, loss to `backingOff`.
    case up
    /// A request has timed out, and nothing came since. Any line leads to `up`; `until`, or loss, to `backingOff`.
    case stalled(until: Instant)
    /// The connection was lost or not made. The first request or report from `until` on leads to `connecting`.
    case backingOff(until: Instant, BreakerUnavailable.Reason)
    /// It was shut down. The end.
    case closed
  }

  /// A request with its reply outstanding.
  struct Pending {
    var tag: UInt32
    var deadline: Instant
    /// The breaker asked about; nil for any request but `allow`.
    var breaker: String?
    /// Nil for `hello`, and for a request that has timed out.
    var waiter: Waiter?
    var isHello = false
  }

  /// A request made before the socket was open.
  struct Waiting {
    var line: RequestLine
    var deadline: Instant
    var breaker: String?
    var waiter: Waiter
  }

  /// A list whose rows are coming; its request is the first that is pending.
  struct OpenList {
    var remaining: Int
    var rows: [String] = []
    var cursor: String?
  }

  var state = State.idle
  var counts = ClientStatistics()
  let settings: ConnectionSettings
  var pending: Deque<Pending> = []
  var waiting: Deque<Waiting> = []
  var reports: Deque<QuietRequest> = []
  var list: OpenList?
  var nextTag: UInt32
  /// No live request's deadline is earlier; it may be too early, and is put right when it is reached.
  var earliestDeadline = Instant.never
  var failures = 0
  /// When a lost connection may be followed by another without a wait again.
  var nextSpareTry = Instant.zero
  var isWritable = true
  /// The connection before this one hung: until this one has answered, only the call that opened it waits for it.
  var isOnProbation = false
  var complaints = ComplaintLimiter()

  init(settings: ConnectionSettings) {
    self.settings = settings
    nextTag = settings.firstTag
  }

  /// When ``tick(at:)`` is to be called at the latest.
  var wakeAt: Instant {
    switch state {
    case .connecting(let until), .stalled(let until): min(until, earliestDeadline)
    case .idle, .greeting, .up, .backingOff, .closed: earliestDeadline
    }
  }

  /// The figures, with those of this moment.
  var statistics: ClientStatistics {
    var statistics = counts
    statistics.requestsInFlight = pending.count { $0.waiter != nil } + waiting.count
    statistics.reportsWaiting = reports.count
    return statistics
  }

  // MARK: What the program wants

  /// A request is made.
  ///
  /// - Parameter breaker: The name asked about if this is an `allow`, so that a late permit can be given back.
  mutating func submit(
    _ line: RequestLine, breaker: String? = nil, waiter: Waiter, deadline: Instant, at now: Instant
  ) -> [ConnectionEffect<Waiter>] {
    counts.requests += 1
    guard pending.count + waiting.count < settings.maximumRequests else {
      return refuse(waiter, .overloaded, now)
    }
    switch state {
    case .idle:
      enqueue(line, breaker, waiter, deadline)
      return connect(at: now)
    case .backingOff(let until, let reason):
      guard now >= until else { return refuse(waiter, reason, now) }
      enqueue(line, breaker, waiter, deadline)
      return connect(at: now)
    case .connecting:
      guard !isOnProbation else { return refuse(waiter, .stalled, now) }
      enqueue(line, breaker, waiter, deadline)
      return []
    case .greeting:
      guard !isOnProbation else { return refuse(waiter, .stalled, now) }
      return [send(line, breaker, waiter, deadline)]
    case .up:
      return [send(line, breaker, waiter, deadline)]
    case .stalled:
      return refuse(waiter, .stalled, now)
    case .closed:
      return refuse(waiter, .shutDown, now)
    }
  }

  /// Something is to be told, the end of a call for instance.
  mutating func report(_ report: QuietRequest, at now: Instant) -> [ConnectionEffect<Waiter>] {
    switch state {
    case .greeting, .up, .stalled:
      guard isWritable, reports.isEmpty else {
        hold(report)
        return []
      }
      return [send(report, at: now)]
    case .idle, .connecting:
      hold(report)
      return []
    case .backingOff(let until, _):
      hold(report)
      return now >= until ? connect(at: now) : []
    case .closed:
      counts.reportsDropped += report.calls
      return []
    }
  }

  /// The program wants no more. Whoever waits is answered; what was written may still be flushed.
  mutating func shutDown(at now: Instant) -> [ConnectionEffect<Waiter>] {
    if case .closed = state { return [] }
    var effects = answerAll(.shutDown)
    counts.reportsDropped += reports.reduce(0) { $0 + $1.calls }
    reports.removeAll()
    state = .closed
    effects.append(.disconnect)
    return effects
  }

  // MARK: What happens to the socket

  /// The socket is open.
  mutating func connected(at now: Instant) -> [ConnectionEffect<Waiter>] {
    guard case .connecting = state else { return [] }
    state = .greeting
    isWritable = true
    counts.connections += 1
    let tag = takeTag()
    let deadline = now + settings.deadline
    pending.append(Pending(tag: tag, deadline: deadline, isHello: true))
    earliestDeadline = min(earliestDeadline, deadline)
    var effects: [ConnectionEffect<Waiter>] = [.send(settings.hello, tag: tag)]
    effects += sendReports(at: now)
    while let request = waiting.popFirst() {
      effects.append(send(request.line, request.breaker, request.waiter, request.deadline))
    }
    return effects
  }

  /// The socket could not be opened.
  mutating func connectFailed(_ reason: BreakerUnavailable.Reason, at now: Instant) -> [ConnectionEffect<Waiter>] {
    guard case .connecting = state else { return [] }
    return lose(reason, at: now)
  }

  /// The other end closed, or the socket failed.
  mutating func disconnected(at now: Instant) -> [ConnectionEffect<Waiter>] { lose(.connectionLost, at: now) }

  /// More can be written without piling up, or not.
  mutating func writabilityChanged(_ isWritable: Bool, at now: Instant) -> [ConnectionEffect<Waiter>] {
    self.isWritable = isWritable
    switch state {
    case .greeting, .up, .stalled: return isWritable ? sendReports(at: now) : []
    case .idle, .connecting, .backingOff, .closed: return []
    }
  }

  /// The time that ``wakeAt`` named has come.
  mutating func tick(at now: Instant) -> [ConnectionEffect<Waiter>] {
    var effects = expire(at: now)
    switch state {
    case .connecting(let until) where now >= until:
      effects += lose(.timedOut, at: now)
    case .stalled(let until) where now >= until:
      // A request with a deadline of its own, longer than the stall, is let finish.
      if earliestDeadline < .never {
        state = .stalled(until: earliestDeadline)
      } else {
        effects += lose(.stalled, at: now)
      }
    case .idle, .connecting, .greeting, .up, .stalled, .backingOff, .closed: break
    }
    return effects
  }

  /// Something came that is no line of the protocol.
  mutating func receivedGarbage(_ sample: String, at now: Instant) -> [ConnectionEffect<Waiter>] {
    lose(.notBreakerd(sample), at: now)
  }
}
