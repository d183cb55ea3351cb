internal import BreakerCore
internal import BreakerProtocol

/// What is told and wants no reply.
enum QuietRequest: Equatable, Sendable {
  /// How calls ended.
  case report(PendingReport)
  /// So many calls of this name were refused by what the board said.
  case refusals(name: String, count: Int)

  /// How many calls it tells of.
  var calls: Int {
    switch self {
    case .report(let report): report.count
    case .refusals(_, let count): count
    }
  }

  /// The line that tells it at `now`.
  func line(at now: Instant) -> RequestLine {
    switch self {
    case .report(let report): report.line(at: now)
    case .refusals(let name, let count): .denied(name, count: count)
    }
  }
}
