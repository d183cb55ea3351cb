internal import BreakerBoard
internal import BreakerCore
internal import BreakerProtocol
internal import Synchronization

/// What a client knows of one breaker, shared by all its handles: its slot on the board, what has still to be told, and the
/// small breaker of this process's own.
@usableFromInline final class BreakerState: Sendable {
  let name: String
  let link: DaemonLink
  let boards: OpenBoards
  let tally: OutcomeTally
  private let schedule: FlushSchedule
  /// It stands in ``schedule``.
  private let isScheduled = Atomic<Bool>(false)
  private let onUnavailable: OnUnavailable
  private let seat = Atomic<UInt64>(Seat.none.bits)
  /// When a name without slot may be looked for again.
  private let nextLook = Atomic<UInt64>(0)
  private let local = Mutex(LocalBreaker())
  /// Whether ``local`` has failures, so that a success matters to it.
  private let hasLocalFailures = Atomic<Bool>(false)

  /// A name that has no slot is looked for so often, nanoseconds.
  private static let lookInterval: UInt64 = 1_000_000_000

  /// - Parameter tellsAtOnce: Whether nothing may wait to be told, since nobody would send it at the end.
  init(
    name: String, link: DaemonLink, boards: OpenBoards, schedule: FlushSchedule, onUnavailable: OnUnavailable,
    tellsAtOnce: Bool
  ) {
    self.name = name
    self.schedule = schedule
    self.link = link
    self.boards = boards
    self.onUnavailable = onUnavailable
    tally = OutcomeTally(name: name, clock: link.clock, tellsAtOnce: tellsAtOnce) { link.send($0) }
  }

  // MARK: The start of a call

  /// Decides by the board.
  ///
  /// - Returns: Nil: the daemon is to be asked.
  /// - Throws: The board says that the call is refused.
  @usableFromInline func pass() throws(BreakerDenied) -> Grant? {
    guard let opened = boards.current.load(ordering: .acquiring) else { return nothingSaid() }
    var seat = Seat(bits: seat.load(ordering: .relaxed))
    if seat.board != opened.pointee.number || !seat.hasSlot {
      seat = find(on: opened, isAfterAnswer: false)
      guard seat.hasSlot else { return nothingSaid() }
    }
    let board = opened.pointee.board
    let aloneFrom = Grant.aloneFrom(slowCall: board.slowCall(seat.slot))
    let now = Grant.now(aloneFrom: aloneFrom)
    switch board.decide(seat.slot, at: now) {
    case .allow(_, let generation):
      tally.begin(generation, at: now)
      look(at: now)
      return Grant(generation: generation, permit: 0, startedAt: now, aloneFrom: aloneFrom)
    case .deny(let state, let retryTime): throw denied(state, retryTime, at: now)
    case .ask, .gone:
      look(at: now)
      return nil
    }
  }

  private func nothingSaid() -> Grant? {
    look(at: BoardClock.coarse)
    return nil
  }

  /// Sends what has waited long enough, of any breaker.
  @inline(__always) private func look(at now: UInt64) {
    if schedule.isDue(at: now) { schedule.flush() }
  }

  /// Sends what waits; for ``schedule``.
  func flush() {
    isScheduled.store(false, ordering: .relaxed)
    tally.flush()
  }

  /// Something has begun to wait.
  private func wait(since now: UInt64) {
    if !isScheduled.exchange(true, ordering: .relaxed) { schedule.add(self, at: now) }
  }

  private func denied(_ state: BoardState, _ retryTime: UInt64?, at now: UInt64) -> BreakerDenied {
    boards.refusals.add(1, ordering: .relaxed)
    if tally.refuse(at: now) { wait(since: now) }
    look(at: now)
    let reason: BreakerDenied.Reason =
      switch state {
      case .halfOpen: .halfOpen
      case .forcedOpen: .forcedOpen
      case .ask, .closed, .open, .forcedClosed, .observe: .open
      }
    let wait = retryTime.map { Duration.nanoseconds(max(Int64(bitPattern: $0 &- now), 0)) }
    return BreakerDenied(name: name, reason: reason, retryAfter: wait)
  }

  /// Looks the name up on a board that it has no slot on yet. After an answer of the daemon, which knows the name then and
  /// may have given it none, it is not looked for again for a second.
  private func find(on opened: UnsafePointer<OpenBoards.Opened>, isAfterAnswer: Bool) -> Seat {
    let now = BoardClock.coarse
    let number = opened.pointee.number
    let known = Seat(bits: seat.load(ordering: .relaxed))
    if known.board == number, known.hasSlot || now < nextLook.load(ordering: .relaxed) { return known }
    let found = Seat(board: number, slot: opened.pointee.reader.find(name)?.number)
    seat.store(found.bits, ordering: .relaxed)
    if isAfterAnswer, !found.hasSlot { nextLook.store(now + Self.lookInterval, ordering: .relaxed) }
    return found
  }

  // MARK: What the daemon answers

  /// What its answer to `allow` means for the call.
  ///
  /// - Throws: It is refused.
  func judge(_ answer: Answer, unavailable: (BreakerUnavailable.Reason) -> BreakerUnavailable)
    throws(BreakerDenied) -> Grant
  {
    let reason: BreakerUnavailable.Reason
    switch answer {
    case .allow(let answer):
      guard answer.isAllowed else {
        throw BreakerDenied(name: name, reason: .init(answer.reason), retryAfter: answer.retryAfter?.duration)
      }
      if let token = answer.token { tally.begin(token.generation, at: BoardClock.coarse) }
      return grant(answer.token)
    case .error(let code, let text): reason = .refused(code: code, text: text)
    case .unavailable(let cause): reason = cause
    case .reply(let text): reason = .notBreakerd(text)
    case .list: reason = .notBreakerd("a list")
    }
    switch onUnavailable {
    case .allow: break
    case .deny: throw BreakerDenied(name: name, reason: .unavailable(unavailable(reason)))
    case .local(let failures, let duration):
      let now = link.clock.now()
      let wait = local.withLock { $0.decide(failures: failures, duration: duration.timespan, at: now) }
      if let wait {
        throw BreakerDenied(name: name, reason: .local(unavailable(reason)), retryAfter: wait.duration)
      }
    }
    return grant(tally.lastToken)
  }

  /// The grant of a call that the board did not decide. Where it is not known from when on a call is slow, each is told
  /// alone, with its duration.
  private func grant(_ token: Token?) -> Grant {
    var aloneFrom: UInt64 = 0
    if token?.permit == 0, let opened = boards.current.load(ordering: .acquiring) {
      let seat = find(on: opened, isAfterAnswer: true)
      if seat.hasSlot { aloneFrom = Grant.aloneFrom(slowCall: opened.pointee.board.slowCall(seat.slot)) }
    }
    return Grant(
      generation: token?.generation ?? Grant.nothingToTell, permit: token?.permit ?? 0,
      startedAt: Grant.now(aloneFrom: aloneFrom), aloneFrom: aloneFrom)
  }

  // MARK: The end of a call

  /// The call has worked.
  @usableFromInline func succeed(_ grant: Grant) {
    let now = grant.now
    if hasLocalFailures.load(ordering: .relaxed) { judgeLocally(.ok) }
    if now &- grant.startedAt >= grant.aloneFrom {
      tell(.ok, of: grant, at: now)
    } else if grant.generation != Grant.nothingToTell {
      if tally.succeed(grant.generation, at: now) { wait(since: now) }
      look(at: now)
    }
  }

  /// The call threw.
  @usableFromInline func settle(_ grant: Grant, _ error: any Error, isFailure: (any Error) -> Bool) {
    if error is CancellationError || !isFailure(error) {
      ignore(grant)
    } else {
      fail(grant, errorClass: "\(type(of: error))")
    }
  }

  /// The call has failed.
  func fail(_ grant: Grant, errorClass: String?) {
    judgeLocally(.fail)
    tell(.fail, of: grant, at: grant.now, errorClass: errorClass)
  }

  /// The call says nothing about the dependency.
  func ignore(_ grant: Grant) {
    let now = grant.now
    if grant.permit != 0 { tell(.ignore, of: grant, at: now) } else { look(at: now) }
  }

  private func tell(_ outcome: Outcome, of grant: Grant, at now: UInt64, errorClass: String? = nil) {
    guard let token = grant.token else { return }
    let duration = Timespan(microseconds: max(Int64(bitPattern: now &- grant.startedAt), 0) / 1_000)
    tally.tell(
      PendingReport(
        name: name, outcome: outcome, token: token, duration: outcome == .ignore ? nil : duration,
        errorClass: errorClass, endedAt: link.clock.now()))
  }

  private func judgeLocally(_ outcome: Outcome) {
    guard case .local(let failures, let duration) = onUnavailable else { return }
    let now = link.clock.now()
    local.withLock { local in
      local.record(outcome, failures: failures, duration: duration.timespan, at: now)
      hasLocalFailures.store(outcome == .fail, ordering: .relaxed)
    }
  }
}

extension Grant {
  /// The time, by the clock that its duration needs.
  @inline(__always) static func now(aloneFrom: UInt64) -> UInt64 {
    aloneFrom < coarseFrom ? BoardClock.exact : BoardClock.coarse
  }

  /// The time, by the clock that its duration needs.
  @inline(__always) var now: UInt64 { Self.now(aloneFrom: aloneFrom) }
}
