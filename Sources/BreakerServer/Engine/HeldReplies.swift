internal import BreakerCore
internal import DequeModule

/// Replies that wait for their commit: of reports and of admins, each kind in the order of ticket and of deadline.
struct HeldReplies {
  /// One of them, and who waits for it.
  final class Reply {
    let ticket: UInt64
    let deadline: Instant
    let line: [UInt8]
    /// Nil: nobody, any more.
    private(set) var session: Session?

    fileprivate init(_ line: [UInt8], for session: Session, ticket: UInt64, deadline: Instant) {
      self.ticket = ticket
      self.deadline = deadline
      self.line = line
      self.session = session
    }

    /// The client is gone.
    func drop() { session = nil }
  }

  /// How long a kind of reply waits for its commit at most.
  enum Patience: CaseIterable {
    case report, admin

    var span: Timespan {
      switch self {
      case .report: .milliseconds(20)
      case .admin: .seconds(5)
      }
    }
  }

  private var reports: Deque<Reply> = []
  private var admins: Deque<Reply> = []

  /// When the next reply has waited long enough.
  var nextDeadline: Instant { min(reports.first?.deadline ?? .never, admins.first?.deadline ?? .never) }

  mutating func append(
    _ line: [UInt8], for session: Session, ticket: UInt64, _ patience: Patience, at now: Instant
  ) -> Reply {
    let reply = Reply(line, for: session, ticket: ticket, deadline: now + patience.span)
    switch patience {
    case .report: reports.append(reply)
    case .admin: admins.append(reply)
    }
    return reply
  }

  /// The next reply whose ticket is committed.
  mutating func popCommitted(_ ticket: UInt64) -> Reply? {
    if let first = reports.first, first.ticket <= ticket { return reports.popFirst() }
    if let first = admins.first, first.ticket <= ticket { return admins.popFirst() }
    return nil
  }

  /// The next reply that has waited long enough.
  mutating func popExpired(at now: Instant) -> Reply? {
    if let first = reports.first, first.deadline <= now { return reports.popFirst() }
    if let first = admins.first, first.deadline <= now { return admins.popFirst() }
    return nil
  }
}
