import Testing

/// The breaker against its slow twin, more than 400,000 steps. A failure names the seed that takes the same walk again.
@Suite struct RandomWalkTests {
  @Test(arguments: 0..<8) func agreesWithTheSlowModel(part: UInt64) {
    for seed in (part * 200)..<(part * 200 + 200) {
      if let disagreement = RandomWalk(seed: seed).run(steps: 260) {
        Issue.record("\(disagreement)")
        return
      }
    }
  }

  /// A walk that misses a part of the way proves nothing about it.
  @Test func comesByEverything() {
    var times: [Substring: Int] = [:]
    for seed: UInt64 in 0..<160 {
      let walk = RandomWalk(seed: seed)
      _ = walk.run(steps: 260)
      for cause in walk.causes { times["\(cause)".prefix { $0 != "(" }, default: 0] += 1 }
    }
    let causes: [Substring] = [
      "consecutiveFailures", "failures", "failureRate", "slowRate", "openElapsed", "probesSucceeded", "probeFailed",
      "probeSlow", "leaseLapsed", "maxWait", "forced", "released", "forceEnded", "reset",
    ]
    for cause in causes { #expect(times[cause, default: 0] >= 5, "\(cause): \(times)") }
  }
}
