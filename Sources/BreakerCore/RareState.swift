/// What most breakers never need, out of line: who never was half-open, and has a policy without extras, does without.
///
/// Made once, and kept: a breaker that goes through its states again and again allocates nothing.
final class RareState {
  /// The probes that are out.
  var probes = PermitSet()
  /// Number of the latest permit of the generation; 0: there has been none.
  var lastPermit: UInt32 = 0
  /// Probe leases that ended in a row.
  var lapses: Int32 = 0
  /// The process that let the last of them end.
  var lapsedProcess: Int32 = 0

  /// When the next of them lapses; ``Instant/never`` if none is to come.
  var nextDeadline: Instant { probes.nextExpiry }

  /// Takes out the permit that lapses at or before `now`, if any does.
  func takeDue(at now: Instant) -> Permit? { probes.nextExpiry <= now ? probes.takeNextExpiring() : nil }

  /// Takes out the permit that a report settles; nil: none.
  func take(settledBy report: Report, in generation: UInt64) -> Permit? {
    guard report.count == 1 else { return nil }
    guard let token = report.token else { return probes.takeUnnamed(by: report.caller) }
    return token.belongs(to: generation) ? probes.take(number: token.permit) : nil
  }

  func nextPermit() -> UInt32 {
    lastPermit = lastPermit == .max ? 1 : lastPermit + 1
    return lastPermit
  }

  /// Ends what belongs to a generation.
  func beginGeneration() {
    probes.removeAll()
    lastPermit = 0
  }
}
