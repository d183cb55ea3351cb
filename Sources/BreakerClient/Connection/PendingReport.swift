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
  /// When the same breaker last failed in this process, before what this tells of. A success that followed a failure ends the run of
  /// failures, so it must not seem to come before it: by rounding, or because a busy daemon took the failure up a little later.
  var after: Instant?
  /// How much later a daemon takes a failure up, as a rule.
  private static let lag = Timespan.milliseconds(10)

  /// The line that tells it at `now`, wanting no reply.
  func line(at now: Instant) -> RequestLine {
    // What counts as nothing has no place in a window, and needs no age.
    var age = outcome == .ignore ? .zero : now - endedAt
    if age < .milliseconds(1) { age = .zero }
    if let after {
      // Ages are written in whole milliseconds, rounded up, but this one must not be beyond.
      let most = max((now - (after + Self.lag)).microseconds / 1_000, 0)
      age = min(.milliseconds(age.millisecondsRoundedUp), .milliseconds(most))
    }
    var line = RequestLine.report(
      name, outcome, token: token, duration: duration, count: count, age: age, errorClass: errorClass)
    line.addQuiet()
    return line
  }
}
