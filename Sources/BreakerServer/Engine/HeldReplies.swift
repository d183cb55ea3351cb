internal import BreakerCore
internal import DequeModule

/// Replies that wait for their commit: of reports and of admins, each kind in the order of ticket and of deadline.
struct HeldReplies {
  struct Reply {
    let ticket: UInt64
    let deadline: Instant
    let session: Session
    let line: [UInt8]
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

  mutating func append(_ line: [UInt8], for session: Session, ticket: UInt64, _ patience: Patience, at now: Instant) {
    let reply = Reply(ticket: ticket, deadline: now + patience.span, session: session, line: line)
    switch patience {
    case .report: reports.append(reply)
    case .admin: admins.append(reply)
    }
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
