/// Whether a board's file is the one to use.
public enum BoardStatus: UInt64, CaseIterable, Sendable {
  /// It is, as long as the heartbeat is recent.
  case alive = 1
  /// Another file has taken its place, or will: open the path again.
  case replaced = 2
  /// The daemon ends: ask over the socket.
  case stopping = 3

  /// The status of a number; nil: there is none. Written out so that it is inlined where a reader decides.
  @inlinable @inline(__always) public init?(rawValue: UInt64) {
    switch rawValue {
    case 1: self = .alive
    case 2: self = .replaced
    case 3: self = .stopping
    default: return nil
    }
  }
}
