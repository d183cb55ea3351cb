public import BreakerProtocol

/// What the daemon answers to a request of the general kind.
public enum ServerReply: Equatable, Sendable {
  /// A single line, without its class.
  case line(Fields)
  /// A list; with a cursor if it goes on.
  case list([Fields], cursor: String?)
}
