public import BreakerCore
import TestSupport

extension SplitMix64 {
  /// Any policy that the configuration would accept, with figures small enough that everything happens often.
  mutating func policy() -> Policy {
    let recovery: Policy.Recovery = once(in: 8) ? .manual : once(in: 4) ? .check : .traffic
    return Policy(
      trip: trip(), open: opening(), halfOpen: halfOpen(), recovery: recovery, check: check(),
      ramp: once(in: 3) ? ramp() : nil, calls: once(in: 2) ? calls() : Policy.Calls(),
      shadow: once(in: 4) ? trip() : nil)
  }

  private mutating func check() -> Policy.Check {
    Policy.Check(
      interval: Timespan(microseconds: pick([1, 1_000, 30_000, 1_000_000])),
      attempts: Int.random(in: 1...3, using: &self),
      latch: once(in: 4))
  }

  private mutating func ramp() -> Policy.Ramp {
    Policy.Ramp(
      start: Rate(basisPoints: pick([0, 1_000, 9_999, 10_000])),
      duration: Timespan(microseconds: pick([1, 1_000, 100_003, 10_000_000])))
  }

  private mutating func calls() -> Policy.Calls {
    let lease: Int64 = pick([1, 1_000, 100_000, 60_000_000])
    return Policy.Calls(
      limit: once(in: 3) ? nil : Int.random(in: 1...5, using: &self), lease: Timespan(microseconds: lease),
      overdue: once(in: 2) ? nil : Timespan(microseconds: pick([1, lease, lease / 2 + 1, 5_000])))
  }

  private mutating func trip() -> Policy.Trip {
    let shape = windowShape()
    var trip = Policy.Trip(minimumCalls: Int.random(in: 1...6, using: &self), window: shape)
    if once(in: 2) { trip.consecutiveFailures = Int.random(in: 1...5, using: &self) }
    if once(in: 3) { trip.failures = Int.random(in: 1...6, using: &self) }
    if once(in: 3) { trip.failureRate = rate() }
    if once(in: 2) { trip.slowCall = .milliseconds(Int64.random(in: 1...20, using: &self)) }
    if trip.slowCall != nil && once(in: 2) { trip.slowRate = rate() }
    if once(in: 4) { trip.consecutiveFailures = 5 }
    trip.onSuccess = once(in: 4)
    if once(in: 4) { trip.lump = Timespan(microseconds: pick([1, 1_000, 30_001, 5_000_000])) }
    return trip
  }

  private mutating func windowShape() -> Policy.WindowShape {
    switch Int.random(in: 0..<6, using: &self) {
    case 0: .generation
    case 1: .calls(Int.random(in: 1...12, using: &self))
    case 2: .time(bucket: bucket(), buckets: 1)
    default: .time(bucket: bucket(), buckets: Int.random(in: 2...10, using: &self))
    }
  }

  private mutating func bucket() -> Timespan { .milliseconds(pick([1, 7, 100, 1_000])) }

  private mutating func rate() -> Rate { Rate(basisPoints: pick([0, 1, 2_500, 3_333, 5_000, 6_667, 9_999, 10_000])) }

  private mutating func opening() -> Policy.Open {
    // Powers of these are exact in a Double, so the order of multiplication makes no difference.
    let duration: Int64 = pick([1, 1_000, 5_000, 100_003, 5_000_000])
    let longest = pick([duration, duration * 2 + 1, duration * 20])
    return Policy.Open(
      duration: Timespan(microseconds: duration), backoff: pick([1, 1.5, 2, 10]),
      maxDuration: Timespan(microseconds: longest), jitter: Rate(basisPoints: pick([0, 0, 1_000, 5_000, 10_000])),
      resetAfter: pick([nil, .zero, Timespan(microseconds: duration * 3), .seconds(20)]))
  }

  private mutating func halfOpen() -> Policy.HalfOpen {
    let verdict: Policy.Verdict =
      once(in: 2)
      ? .successes(Int.random(in: 1...4, using: &self))
      : .calls(Int.random(in: 1...5, using: &self), failureRate: rate())
    let lease: Int64 = pick([1, 1_000, 30_000, 2_000_000])
    return Policy.HalfOpen(
      probes: Int.random(in: 1...4, using: &self), verdict: verdict, lease: Timespan(microseconds: lease),
      maxLease: Timespan(microseconds: lease * pick([1, 3])),
      maxWait: once(in: 2) ? Timespan(microseconds: pick([1, lease, lease * 2, 100_000])) : nil)
  }
}

extension Policy: CustomStringConvertible {
  /// All parts, a line each.
  public var description: String {
    """
    \(trip)
      \(open)
      \(halfOpen)
      \(recovery), \(String(describing: check))
      \(String(describing: ramp)), \(calls)
      shadow: \(String(describing: shadow))
    """
  }
}
