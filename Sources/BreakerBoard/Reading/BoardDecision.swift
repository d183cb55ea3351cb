/// What a reader of the board does about one call.
public enum BoardDecision: Equatable, Sendable {
  /// The call passes. Its outcome is reported with the low 24 bits of the generation.
  case allow(BoardState, generation: UInt32)
  /// The call is refused, until the retry time in nanoseconds of CLOCK_MONOTONIC, if there is one.
  case deny(BoardState, retryTime: UInt64?)
  /// The daemon is to be asked over the socket.
  case ask
  /// This file cannot be relied on: the daemon is to be asked, and the path opened anew before the next look.
  case gone(BoardLoss)
}

/// Why a board's file cannot be relied on.
public enum BoardLoss: Equatable, Sendable {
  /// Another file has taken its place.
  case replaced
  /// The daemon ends or has ended.
  case stopping
  /// The daemon has not said for two seconds that it serves. It may have had nothing to do, so ask it: that makes it say so.
  case stale
}
