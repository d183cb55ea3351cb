internal import BreakerProtocol

/// What the owner of a ``ConnectionMachine`` has to do, in this order.
enum ConnectionEffect<Waiter> {
  /// Open the socket, and tell the machine how it went.
  case connect
  /// Write this line with this tag.
  case send(RequestLine, tag: UInt32)
  /// Give the caller its answer.
  case answer(Waiter, Answer)
  /// The daemon has greeted, with these words.
  case greeted(Fields)
  /// Abandon the connection; nothing more about it is to be told to the machine.
  case disconnect
  /// Write a line to the log.
  case complain(Complaint)
}

/// What the log is told, at most once a minute each.
enum Complaint: Equatable, Sendable {
  /// Calls were not answered by the daemon.
  case unavailable(BreakerUnavailable.Reason)
  /// The daemon refused a report.
  case reportRefused(code: String, text: String)
}

extension ConnectionEffect: Equatable where Waiter: Equatable {}
extension ConnectionEffect: Sendable where Waiter: Sendable {}
