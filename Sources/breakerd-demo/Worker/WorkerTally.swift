import BreakerProtocol

/// What became of the calls that one worker wanted to make. On a line: `ok=12 failed=1 …`.
struct WorkerTally: Sendable {
  /// Answered by 200.
  var ok = 0
  /// Made, and failed.
  var failed = 0
  /// Made, and not answered in time.
  var timedOut = 0
  /// Refused by the breaker, so not made.
  var refused = 0
  /// Not made because the daemon gave no answer.
  var unanswered = 0
  /// When the first refusal came; nil: there was none.
  var firstRefused: MonotonicTime?
  /// When the call that was refused last was asked for; nil: none was.
  var lastRefused: MonotonicTime?

  /// The breaker refused a call that was asked for at that time.
  mutating func refuse(asked: MonotonicTime) {
    refused += 1
    firstRefused = firstRefused ?? .now
    lastRefused = asked
  }

  /// The form for a line.
  var line: String {
    let words = [
      "ok=\(ok)", "failed=\(failed)", "timed_out=\(timedOut)", "refused=\(refused)", "unanswered=\(unanswered)",
    ]
    let times = [firstRefused.map { "first_refused=\($0)" }, lastRefused.map { "last_refused=\($0)" }]
    return (words + times.compactMap(\.self)).joined(separator: " ")
  }
}

extension WorkerTally {
  /// The tally on a line; nil: there is none.
  init?(_ fields: Fields) {
    func count(_ key: String) -> Int? { fields[key].flatMap { Int($0) } }
    guard let ok = count("ok"), let failed = count("failed"), let timedOut = count("timed_out"),
      let refused = count("refused"), let unanswered = count("unanswered")
    else { return nil }
    self.init(
      ok: ok, failed: failed, timedOut: timedOut, refused: refused, unanswered: unanswered,
      firstRefused: fields["first_refused"].flatMap(MonotonicTime.init),
      lastRefused: fields["last_refused"].flatMap(MonotonicTime.init))
  }
}
