internal import BreakerCore
internal import BreakerProtocol

/// The end of a call, or of several that worked, until it is told.
struct PendingReport: Equatable, Sendable {
  /// The breaker's name, a valid one.
  var name: String
  /// How the call ended.
  var outcome: Outcome
  /// What it was allowed with.
  var token: Token?
  /// How long it took; nil: not measured.
  var duration: Timespan?
  /// The kind of failure.
  var errorClass: String?
  /// When it ended; the newest, if they are several.
  var endedAt: Instant
  /// How many; several only of calls that worked, without permit and duration.
  var count = 1

  /// The line that tells it at `now`, wanting no reply.
  func line(at now: Instant) -> RequestLine {
    // What counts as nothing has no place in a window, and needs no age.
    let age = outcome == .ignore ? .zero : now - endedAt
    var line = RequestLine.report(
      name, outcome, token: token, duration: duration, count: count, age: age < .milliseconds(1) ? .zero : age,
      errorClass: errorClass)
    line.addQuiet()
    return line
  }
}
