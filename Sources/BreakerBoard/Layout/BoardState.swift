/// What a board says a breaker is doing. The numbers are those of the layout.
public enum BoardState: UInt8, CaseIterable, Sendable {
  /// Nothing that a reader could decide by: it asks over the socket.
  case ask = 0
  /// Calls pass.
  case closed = 1
  /// Calls are refused until the retry time.
  case open = 2
  /// Calls are refused, unless the daemon is to be asked for a permit.
  case halfOpen = 3
  /// Calls are refused.
  case forcedOpen = 4
  /// Calls pass.
  case forcedClosed = 5
  /// Calls pass.
  case observe = 6

  /// The state of a number; nil: there is none. Written out so that it is inlined where a reader decides.
  @inlinable @inline(__always) public init?(rawValue: UInt8) {
    switch rawValue {
    case 0: self = .ask
    case 1: self = .closed
    case 2: self = .open
    case 3: self = .halfOpen
    case 4: self = .forcedOpen
    case 5: self = .forcedClosed
    case 6: self = .observe
    default: return nil
    }
  }
}
