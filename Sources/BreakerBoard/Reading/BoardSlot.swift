/// The place of one name on a board. It keeps the file mapped.
public struct BoardSlot: Sendable {
  /// The board that the slot is on.
  public let board: BoardReader
  /// Which of its slots it is.
  public let number: UInt32

  init(board: BoardReader, number: UInt32) {
    self.board = board
    self.number = number
  }

  /// What the board says right now; nothing that is read after it is older.
  public var word: BoardWord { board.unowned.word(number) }

  /// From how many milliseconds on a call is slow; 0: none is.
  public var slowCall: UInt32 { board.unowned.slowCall(number) }

  /// What to do about a call.
  ///
  /// - Parameter now: Nanoseconds of CLOCK_MONOTONIC; ``BoardClock/coarse`` is good enough.
  public func decide(at now: UInt64) -> BoardDecision { board.unowned.decide(number, at: now) }
}
