import BreakerCore
import Testing

@Suite struct PolicyEquatableTests {
  /// Policies that differ from the built-in one, and from each other, in one part.
  private static let policies = [
    Policy(), Policy(trip: Policy.Trip(consecutiveFailures: 6)), Policy(open: Policy.Open(backoff: 3)),
    Policy(halfOpen: Policy.HalfOpen(probes: 2)), Policy(recovery: .manual), Policy(recovery: .check),
    Policy(recovery: .check, check: Policy.Check(attempts: 3)),
    Policy(recovery: .check, check: Policy.Check(latch: true)), Policy(ramp: Policy.Ramp(duration: .seconds(3))),
    Policy(ramp: Policy.Ramp(duration: .seconds(4))), Policy(calls: Policy.Calls(limit: 3)),
    Policy(calls: Policy.Calls(limit: 4)), Policy(calls: Policy.Calls(overdue: .seconds(1))),
    Policy(shadow: Policy.Trip(failures: 3)), Policy(shadow: Policy.Trip(failures: 4)), Policy(forgetAfter: nil),
  ]

  @Test func eachPartMakesADifference() {
    for (index, policy) in Self.policies.enumerated() {
      for (other, another) in Self.policies.enumerated() {
        #expect((policy == another) == (index == other), "\(index) and \(other)")
      }
    }
  }

  @Test func theSamePartsMakeTheSamePolicy() {
    func policy() -> Policy {
      Policy(
        recovery: .check, check: Policy.Check(attempts: 3), ramp: Policy.Ramp(duration: .seconds(3)),
        calls: Policy.Calls(limit: 3, overdue: .seconds(2)), shadow: Policy.Trip(failures: 3))
    }
    #expect(policy() == policy())
  }
}
