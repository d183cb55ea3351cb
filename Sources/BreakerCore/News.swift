/// What happened beside a breaker's moves, for people to know.
public enum News: Equatable, Sendable {
  /// This caller's call counted as failed and slow before it returned.
  case overdue(Caller)
  /// The second policy would have opened the breaker.
  case shadowWouldTrip(Cause)

  /// So much is kept for a keeper that does not ask.
  static let limit = 64
}
