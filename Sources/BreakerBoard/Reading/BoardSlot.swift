/// The place of one name on a board. It keeps the file mapped.
public struct BoardSlot: Sendable {
  /// The board that the slot is on.
  public let board: BoardReader
  @usableFromInline let memory: BoardMemory
  /// Of the slot's word.
  @usableFromInline let wordOffset: Int
  @usableFromInline let base: UInt64

  init(board: BoardReader, offset: Int) {
    self.board = board
    memory = board.memory
    wordOffset = offset + BoardLayout.Slot.word
    base = board.base
  }

  /// What the board says right now; nothing that is read after it is older.
  @inlinable public var word: BoardWord { BoardWord(bits: memory.load(wordOffset)) }

  /// From how many milliseconds on a call is slow; 0: none is.
  @inlinable public var slowCall: UInt32 {
    memory.loadHalf(wordOffset - BoardLayout.Slot.word + BoardLayout.Slot.slowCall)
  }

  /// What to do about a call.
  ///
  /// - Parameter now: Nanoseconds of CLOCK_MONOTONIC; ``BoardClock/coarse`` is good enough.
  @inlinable public func decide(at now: UInt64) -> BoardDecision {
    // The word first: the daemon marks a file before it publishes anything elsewhere only, so a word that was loaded before
    // the file was seen to be alive was in force then.
    let word = word
    let status = BoardStatus(rawValue: memory.load(BoardLayout.Header.status))
    guard case .alive = status else { return Self.afterwards(status) }
    let age = Int64(bitPattern: now &- memory.load(BoardLayout.Header.heartbeat))
    guard age <= BoardLayout.patience, age >= -BoardLayout.lead else { return .gone(.stale) }
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

  @usableFromInline static func afterwards(_ status: BoardStatus?) -> BoardDecision {
    switch status {
    case .replaced: .gone(.replaced)
    case .stopping: .gone(.stopping)
    case .alive, nil: .ask
    }
  }
}
