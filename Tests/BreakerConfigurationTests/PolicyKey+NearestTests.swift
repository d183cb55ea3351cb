import BreakerProtocol
import Testing

@testable import BreakerConfiguration

@Suite struct PolicyKeyNearestTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "ab", 2), ("lease", "lease", 0), ("lease", "lese", 1), ("lease", "laese", 1),
    ("lease", "leases", 1), ("lease", "peace", 2), ("abcd", "badc", 2), ("kitten", "sitting", 3),
  ])
  func countsSlips(_ left: String, _ right: String, slips: Int) {
    #expect(Spelling.slips(Array(left.utf8), Array(right.utf8)) == slips)
    #expect(Spelling.slips(Array(right.utf8), Array(left.utf8)) == slips)
  }

  @Test(
    arguments: [
      ("trip.failurerate", [PolicyKey.tripFailureRate]), ("trip.failrue_rate", [.tripFailureRate]),
      ("trip.consecutive_failure", [.tripConsecutiveFailures]), ("trip.window.size", [.tripWindowTime]),
      ("halfopen.lease", [.halfOpenLease]), ("Open.Duration", [.openDuration]), ("max_lease", [.halfOpenMaxLease]),
      ("duration", [.openDuration, .rampDuration]), ("failure_rate", [.tripFailureRate, .halfOpenFailureRate]),
      ("trip.threshold", []), ("x", []), ("", []),
      (String(repeating: "trip.", count: 10_000), []),
    ] as [(String, [PolicyKey])])
  func findsTheNearest(_ text: String, keys: [PolicyKey]) {
    #expect(PolicyKey.nearest(to: text) == keys)
  }
}
