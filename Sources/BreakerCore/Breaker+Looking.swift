extension Breaker {
  /// Failures in a row in this generation; ``windowCounts(at:)`` brings it up to now.
  public var run: Int { tally.run }

  /// How long an open or forced-open breaker stays so, a half-open one at most waits for a permit; nil: not by itself,
  /// or it does not refuse at all.
  public func retryAfter(at moment: Moment) -> Timespan? {
    let end: Instant
    switch state {
    case .open, .forcedOpen: end = until
    case .halfOpen: end = min(until, rare?.probes.nextExpiry ?? .never)
    case .closed, .forcedClosed, .observe: return nil
    }
    return end == .never ? nil : end - moment.now
  }

  /// Whether a permit is out that this connection was given.
  public func hasPermit(of connection: UInt64) -> Bool {
    rare?.probes.contains { $0.holder.connection == connection } ?? false
  }

  /// Probe leases that ended in a row, up to now.
  public var lapses: Int { Int(rare?.lapses ?? 0) }

  /// The process that let the last of them end.
  public var lapsedProcess: Int32 { rare?.lapsedProcess ?? 0 }

  /// How many probes are out.
  public var permitsOut: Int { rare?.probes.count ?? 0 }

  /// How often the breaker has opened in a row; the next opening is drawn out by it.
  public func openingsInARow(at now: Instant) -> Int {
    state == .closed && now - since >= policy.open.resetAfter ? 0 : openings
  }

  /// The calls that the windowed rules look at; without such a window, all of the generation (half-open: the settled
  /// probes).
  public mutating func windowCounts(at now: Instant) -> Counts {
    tally.roll(to: now)
    return state == .halfOpen ? tally.counts : tally.judged
  }
}
