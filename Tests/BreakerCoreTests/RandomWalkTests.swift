import Testing

/// The breaker against its slow twin, more than 1,000,000 steps. A failure names the seed that takes the same walk again.
@Suite struct RandomWalkTests {
  @Test(arguments: 0..<8) func agreesWithTheSlowModel(part: UInt64) async {
    for seed in (part * 500)..<(part * 500 + 500) {
      // Other tests wait for time to pass.
      await Task.yield()
      if let disagreement = RandomWalk(seed: seed).run(steps: 260) {
        Issue.record("\(disagreement)")
        return
      }
    }
  }

  /// A walk that misses a part of the way proves nothing about it.
  @Test func comesByEverything() {
    var times: [Substring: Int] = [:]
    for seed: UInt64 in 0..<200 {
      let walk = RandomWalk(seed: seed)
      _ = walk.run(steps: 260)
      let seen = walk.causes.map { "\($0)" } + walk.refusals.map { "\($0)" } + walk.news.map { "\($0)" }
      for word in seen { times[word.prefix { $0 != "(" }, default: 0] += 1 }
    }
    let expected: [Substring] = [
      "consecutiveFailures", "failures", "failureRate", "slowRate", "openElapsed", "probesSucceeded", "probeFailed",
      "probeSlow", "probeOverdue", "checkSucceeded", "checksFailed", "leaseLapsed", "maxWait", "forced", "released",
      "forceEnded", "reset", "open", "halfOpen", "forcedOpen", "ramp", "saturated", "overdue", "shadowWouldTrip",
    ]
    for word in expected { #expect(times[word, default: 0] >= 5, "\(word): \(times)") }
  }
}
