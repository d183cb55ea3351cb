/// How the upstream is. It goes through these in this order, and is healthy again at the end.
enum Health: String, Sendable {
  /// It answers 200.
  case healthy
  /// It takes calls and answers none in time.
  case hanging
  /// It answers 503.
  case failing
}
