internal import BreakerProtocol

/// What a request comes back with.
enum Answer: Equatable, Sendable {
  /// The reply to an `allow`.
  case allow(AllowAnswer)
  /// The text of any other reply.
  case reply(String)
  /// The rows of a list, and where it goes on.
  case list([String], cursor: String?)
  /// An error reply.
  case error(code: String, text: String)
  /// No reply, and why.
  case unavailable(BreakerUnavailable.Reason)
}
