import BreakerCore

/// The policies that traces are replayed under, which cover all parts that a policy can have.
enum TracePolicy {
  static let all = [probes, calls, ramp, check, shadow]

  private static let probes = Policy(
    trip: Policy.Trip(
      consecutiveFailures: 3, failureRate: Rate(basisPoints: 5_000), slowRate: Rate(basisPoints: 9_000),
      slowCall: .milliseconds(100), minimumCalls: 5, window: .time(bucket: .milliseconds(100), buckets: 10)),
    open: Policy.Open(duration: .milliseconds(50)),
    halfOpen: Policy.HalfOpen(probes: 3, verdict: .successes(2), lease: .milliseconds(20), maxWait: .milliseconds(70)))

  /// Calls under way that are limited, and overdue before their lease ends.
  private static let calls = Policy(
    trip: Policy.Trip(failures: 3, window: .generation, lump: .milliseconds(2)),
    open: Policy.Open(duration: .milliseconds(50)), halfOpen: Policy.HalfOpen(probes: 2, verdict: .successes(3)),
    calls: Policy.Calls(limit: 2, lease: .milliseconds(40), overdue: .milliseconds(10)))

  private static let ramp = Policy(
    trip: Policy.Trip(failureRate: Rate(basisPoints: 5_000), minimumCalls: 2, window: .calls(4)),
    open: Policy.Open(duration: .milliseconds(5), backoff: 3, resetAfter: .zero),
    halfOpen: Policy.HalfOpen(probes: 2, verdict: .calls(3, failureRate: Rate(basisPoints: 6_666))),
    ramp: Policy.Ramp(start: Rate(basisPoints: 0), duration: .milliseconds(200)))

  /// For want of a prober callers are let through.
  private static let check = Policy(
    trip: Policy.Trip(consecutiveFailures: 2), open: Policy.Open(duration: .milliseconds(10)), recovery: .check,
    check: Policy.Check(interval: .milliseconds(10), attempts: 2, latch: true),
    calls: Policy.Calls(overdue: .milliseconds(30)))

  private static let shadow = Policy(
    trip: Policy.Trip(
      consecutiveFailures: 4, failures: 5, window: .time(bucket: .milliseconds(100), buckets: 1), onSuccess: true),
    open: Policy.Open(duration: .milliseconds(50)),
    shadow: Policy.Trip(
      failureRate: Rate(basisPoints: 2_500), slowRate: Rate(basisPoints: 1), slowCall: .milliseconds(1),
      minimumCalls: 2,
      window: .calls(3), lump: .milliseconds(1)))
}
