/// A mapped board without a reference to its ``BoardReader``: to copy it costs nothing. Whoever uses it keeps the reader.
///
/// Slots go by their number, from ``BoardReader/find(_:)-(String)`` of the same reader.
public struct UnownedBoard: Sendable {
  @usableFromInline let memory: BoardMemory
  @usableFromInline let base: UInt64

  init(memory: BoardMemory, base: UInt64) {
    self.memory = memory
    self.base = base
  }

  /// What the board says right now; nothing that is read after it is older.
  @inlinable @inline(__always) public func word(_ slot: UInt32) -> BoardWord {
    BoardWord(bits: memory.load(Self.offset(slot) + BoardLayout.Slot.word))
  }

  /// From how many milliseconds on a call is slow; 0: none is.
  @inlinable @inline(__always) public func slowCall(_ slot: UInt32) -> UInt32 {
    memory.loadHalf(Self.offset(slot) + BoardLayout.Slot.slowCall)
  }

  /// What to do about a call.
  ///
  /// - Parameter now: Nanoseconds of CLOCK_MONOTONIC; ``BoardClock/coarse`` is good enough.
  @inlinable @inline(__always) public func decide(_ slot: UInt32, at now: UInt64) -> BoardDecision {
    // The word first: the daemon marks a file before it publishes anything elsewhere only, so a word that was loaded before
    // the file was seen to be alive was in force then.
    let word = word(slot)
    if let loss = loss(at: now) { return loss }
    guard !word.asks, let state = word.state else { return .ask }
    switch state {
    case .closed, .forcedClosed, .observe: return .allow(state, generation: word.generation)
    case .halfOpen, .forcedOpen: return .deny(state, retryTime: word.retryTime(since: base))
    case .open:
      let retryTime = word.retryTime(since: base)
      if let retryTime, Int64(bitPattern: now &- retryTime) >= 0 { return .ask }
      return .deny(state, retryTime: retryTime)
    case .ask: return .ask
    }
  }

  /// Why the file cannot be relied on, as a decision; nil: it can.
  @inlinable @inline(__always) public func loss(at now: UInt64) -> BoardDecision? {
    let status = BoardStatus(rawValue: memory.load(BoardLayout.Header.status))
    guard case .alive = status else { return Self.afterwards(status) }
    let age = Int64(bitPattern: now &- memory.load(BoardLayout.Header.heartbeat))
    return age <= BoardLayout.patience && age >= -BoardLayout.lead ? nil : .gone(.stale)
  }

  @usableFromInline static func afterwards(_ status: BoardStatus?) -> BoardDecision {
    switch status {
    case .replaced: .gone(.replaced)
    case .stopping: .gone(.stopping)
    case .alive, nil: .ask
    }
  }

  @inlinable @inline(__always) static func offset(_ slot: UInt32) -> Int {
    BoardLayout.headerSize + Int(slot) * BoardLayout.slotSize
  }
}
