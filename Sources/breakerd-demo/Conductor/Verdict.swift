/// Judges what happened by what the upstream has really been asked.
///
/// No clock has to be trusted beyond what is cause and effect. A call belongs to the time before the trip if the breaker
/// was asked for it before the first refusal arrived anywhere; one that was asked for later, and still reached the
/// upstream, the daemon has let pass knowing of the trip: it is a probe, or a fault.
struct Verdict {
  /// Calls that failed although they were asked for before the trip was known.
  private let failedBefore: Int
  /// Calls let pass after the trip, until one found the upstream healthy; that one too.
  private let probes: [ServedCall]
  /// As many of them as were at the upstream at the same time.
  private let probesAtOnce: Int
  /// Whether the last probe worked.
  private let isFoundHealthy: Bool
  /// Workers that were refused before the upstream was well.
  private let refusedWorkers: Int
  /// Calls that were not made.
  private let refused: Int
  /// Workers that had a call answered after the recovery.
  private let recoveredWorkers: Int
  /// Calls that went well after it.
  private let okAfter: Int
  /// Workers that were refused after it.
  private let refusedAfter: Int
  /// Calls that the daemon gave no answer for.
  private let unanswered: Int
  private let openings: Int
  private let limit = Scenario.threshold + Scenario.workers

  init(_ evidence: Evidence) {
    let tallies = evidence.tallies
    let firstRefused = tallies.compactMap(\.firstRefused).min() ?? MonotonicTime(nanoseconds: .max)
    failedBefore = evidence.calls.count { $0.health != .healthy && $0.asked <= firstRefused }
    let after = evidence.calls.filter { $0.asked > firstRefused }
    let found = after.filter { $0.ending == .ok }.map(\.ended).min()
    let probes = after.filter { call in found.map { call.began <= $0 } ?? true }
    self.probes = probes
    probesAtOnce = probes.map { one in probes.count { $0.began <= one.began && one.began <= $0.ended } }.max() ?? 0
    isFoundHealthy = found != nil
    openings = evidence.openings
    refusedWorkers = tallies.count { tally in tally.firstRefused.map { $0 < evidence.healed } ?? false }
    refused = tallies.reduce(0) { $0 + $1.refused }
    unanswered = tallies.reduce(0) { $0 + $1.unanswered }
    let recovered = evidence.recovered ?? MonotonicTime(nanoseconds: .max)
    let well = evidence.calls.filter { $0.ending == .ok && $0.asked > recovered }
    okAfter = well.count
    recoveredWorkers = Set(well.map(\.worker)).count
    refusedAfter = tallies.count { tally in tally.lastRefused.map { $0 > recovered } ?? false }
  }

  /// The claims.
  var checks: [Check] {
    [
      Check(
        holds: refused > 0 && (1...limit).contains(failedBefore),
        text: "\(failedBefore) failing calls reached the upstream before all were refused; "
          + "at most \(Scenario.threshold) + \(Scenario.workers)"),
      Check(
        holds: isFoundHealthy && probesAtOnce == 1 && probes.count <= openings,
        text: "then \(probes.count) probes did, in \(openings) openings, at most \(probesAtOnce) at a time; "
          + (isFoundHealthy ? "the last found it healthy" : "none found it healthy")),
      Check(
        holds: refusedWorkers == Scenario.workers,
        text: "\(refusedWorkers) of \(Scenario.workers) workers were refused during the outage, \(refused) calls in all"
      ),
      Check(
        holds: recoveredWorkers == Scenario.workers && refusedAfter == 0,
        text: "\(recoveredWorkers) of \(Scenario.workers) workers went on after it, with \(okAfter) good calls; "
          + (refusedAfter == 0 ? "none was refused again" : "\(refusedAfter) were refused again")),
    ]
  }

  /// Whether all held.
  var holds: Bool { checks.allSatisfy(\.holds) }

  /// All of it for people, the summary last.
  func lines(took time: Duration) -> [String] {
    let checks = self.checks
    let word = holds ? "OK" : "NOT OK, \(checks.count { !$0.holds }) of \(checks.count) checks failed"
    return [""] + checks.map(\.line) + [
      "",
      "demo \(word): failed_before_refusal=\(failedBefore) limit=\(limit) openings=\(openings) probes=\(probes.count) "
        + "probes_at_once=\(probesAtOnce) refused=\(refused) unanswered=\(unanswered) ok_after=\(okAfter) "
        + "took=\(time.inSeconds.filter { $0 != " " })",
    ]
  }
}
