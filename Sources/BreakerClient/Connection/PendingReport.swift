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
  /// It ended later than this, whatever the coarse clock said: a success that followed a failure ends the run of failures.
  var after: Instant?

  /// The line that tells it at `now`, wanting no reply.
  func line(at now: Instant) -> RequestLine {
    // What counts as nothing has no place in a window, and needs no age.
    var age = outcome == .ignore ? .zero : now - endedAt
    if age < .milliseconds(1) { age = .zero }
    if let after {
      // Ages are written in whole milliseconds, rounded up, but this one must not be beyond.
      age = min(.milliseconds(age.millisecondsRoundedUp), .milliseconds((now - after).microseconds / 1_000))
    }
    var line = RequestLine.report(
      name, outcome, token: token, duration: duration, count: count, age: age, errorClass: errorClass)
    line.addQuiet()
    return line
  }
}
