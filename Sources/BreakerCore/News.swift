/// What happened beside a breaker's moves, for people to know.
public enum News: Equatable, Sendable {
  /// This caller's call counted as failed and slow then, before it returned.
  case overdue(Caller, at: Instant)
  /// The second policy would have opened the breaker then.
  case shadowWouldTrip(Cause, at: Instant)

  /// So much is kept until the keeper asks.
  static let limit = 64

  /// Whether it tells of one call only.
  var isOfCall: Bool {
    switch self {
    case .overdue: true
    case .shadowWouldTrip: false
    }
  }
}
