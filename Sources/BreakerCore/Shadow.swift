/// A second set of rules that is fed the same outcomes, and decides nothing.
struct Shadow {
  var tally: Tally
  /// The rules that have held since they were told of.
  private var told: Rules = []

  init(_ trip: Policy.Trip, at now: Instant) { tally = Tally(trip.window, at: now) }

  /// Counts what the breaker counts.
  ///
  /// - Returns: The rules that have come to hold.
  mutating func record(
    _ calls: Counts, duration: Timespan?, endedAt end: Instant, by trip: Policy.Trip, at now: Instant
  ) -> [Cause] {
    tally.roll(to: now)
    told.formIntersection(tally.holding(by: trip))
    var calls = calls
    let slow = if let limit = trip.slowCall, let duration { duration >= limit } else { false }
    calls.slow = slow ? calls.total : 0
    guard tally.record(calls, endedAt: end, lump: trip.lump) else { return [] }
    return tally.news(by: trip, canTrip: calls.failures > 0 || slow || trip.onSuccess, told: &told)
  }

  /// The run of failures, and the calls that the windowed rules look at.
  mutating func figures(at now: Instant) -> (run: Int, window: Counts) {
    tally.roll(to: now)
    return (tally.run, tally.judged)
  }

  mutating func clear() {
    tally.clear()
    told = []
  }
}
