import BreakerConfiguration
import BreakerCore
import Testing

@Suite struct PolicyResolverTests {
  @Test func withoutLayersIsBuiltIn() throws {
    #expect(try Parts(resolve()) == Parts(Policy()))
    #expect(try Parts(resolve([], [])) == Parts(Policy()))
  }

  @Test func takesEveryKey() throws {
    let policy = try resolve([
      "trip.consecutive_failures=3", "trip.failures=10", "trip.failure_rate=50%", "trip.slow_rate=80%",
      "trip.slow_call=2s", "trip.minimum_calls=30", "trip.window.time=30s", "trip.window.buckets=6",
      "open.duration=10s", "open.backoff=1.5", "open.max_duration=1m", "open.jitter=0%", "open.reset_after=0s",
      "half_open.probes=2", "half_open.calls=10", "half_open.failure_rate=25%", "half_open.lease=5s",
      "half_open.max_lease=20s", "half_open.max_wait=1m", "recovery=manual", "trip_on_success=true", "lump=50ms",
      "forget_after=1h",
    ])
    let expected = Policy(
      trip: Policy.Trip(
        consecutiveFailures: 3, failures: 10, failureRate: Rate(basisPoints: 5_000),
        slowRate: Rate(basisPoints: 8_000), slowCall: .seconds(2), minimumCalls: 30,
        window: .time(bucket: .seconds(5), buckets: 6), onSuccess: true, lump: .milliseconds(50)),
      open: Policy.Open(
        duration: .seconds(10), backoff: 1.5, maxDuration: .seconds(60), jitter: Rate(basisPoints: 0),
        resetAfter: .zero),
      halfOpen: Policy.HalfOpen(
        probes: 2, verdict: .calls(10, failureRate: Rate(basisPoints: 2_500)), lease: .seconds(5),
        maxLease: .seconds(20), maxWait: .seconds(60)),
      recovery: .manual, forgetAfter: .seconds(3_600))
    #expect(Parts(policy) == Parts(expected))
  }

  @Test func mergesOtherKeysOneByOne() throws {
    let policy = try resolve(
      ["open.duration=10s", "open.jitter=20%", "recovery=manual"], ["open.duration=20s"], ["half_open.probes=3"])
    #expect(policy.open.duration == .seconds(20))
    #expect(policy.open.jitter == Rate(basisPoints: 2_000))
    #expect(policy.halfOpen.probes == 3)
    #expect(policy.recovery == .manual)
  }

  @Test func whatLiesBesideTheRulesStaysWhenTheyAreReplaced() throws {
    let policy = try resolve(
      ["trip.failures=10", "trip_on_success=true", "lump=50ms", "forget_after=off"], ["trip.consecutive_failures=3"])
    #expect(policy.trip == Policy.Trip(consecutiveFailures: 3, onSuccess: true, lump: .milliseconds(50)))
    #expect(policy.forgetAfter == nil)
    #expect(try resolve(["lump=50ms", "forget_after=off"], ["lump=off", "forget_after=2m"]).trip.lump == nil)
    #expect(try resolve(["forget_after=off"], ["forget_after=2m"]).forgetAfter == .seconds(120))
  }

  // MARK: Checks, ramps, calls and shadows

  @Test func takesTheKeysOfAProber() throws {
    let policy = try resolve([
      "recovery=check", "check.interval=1s", "check.attempts=3", "check.latch=true", "check.timeout=500ms",
      "check.http=http://db/", "check.expect=204", "check.tcp=db:5432",
    ])
    #expect(
      policy.check
        == Policy.Check(
          interval: .seconds(1), attempts: 3, latch: true, timeout: .milliseconds(500), http: "http://db/", expect: 204,
          tcp: "db:5432"))
    #expect(try resolve(["recovery=check"]).check == Policy.Check())
    #expect(try resolve(["recovery=check", "check.attempts=3"], ["recovery=traffic"]).check == nil)
    #expect(try resolve(["check.attempts=3"], ["recovery=check"]).check?.attempts == 3)
  }

  @Test func aRampNeedsALength() throws {
    #expect(try resolve(["ramp.duration=30s"]).ramp == Policy.Ramp(duration: .seconds(30)))
    #expect(try resolve(["ramp.duration=30s"], ["ramp.start=50%"]).ramp?.start == Rate(basisPoints: 5_000))
    #expect(try resolve(["ramp.duration=30s", "ramp.start=50%"], ["ramp.duration=off"]).ramp == nil)
    expectRefused([["ramp.start=50%"]], key: "ramp.start", ["needs ramp.duration beside it"])
  }

  @Test func offLeavesTheBuiltInValue() throws {
    let below = [
      "open.duration=1h", "open.max_duration=2h", "half_open.probes=7", "half_open.lease=1m", "recovery=manual",
      "trip_on_success=true", "ramp.duration=1m", "concurrency.limit=3", "shadow.trip.failures=2",
    ]
    let off = [
      "open.duration=off", "open.max_duration=off", "half_open.probes=off", "half_open.lease=off", "recovery=off",
      "trip_on_success=off", "ramp=off", "concurrency=off", "shadow=off",
    ]
    #expect(try resolve(below) != resolve())
    #expect(try Parts(resolve(below, off)) == Parts(resolve()))
    #expect(throws: SettingError.self) { try resolve(["trip.consecutive_failures=3"], ["trip=off"]) }
    for window in ["time=10s", "buckets=3", "calls=7"] {
      let rules = ["trip.failures=3", "shadow.trip.failures=3"]
      let policy = try resolve(
        rules + ["trip.window.\(window)", "shadow.trip.window.\(window)"],
        ["trip.window=off", "shadow.trip.window=off"])
      #expect(try Parts(policy) == Parts(resolve(rules)), "\(window)")
    }
  }

  @Test func theLeaseOfACallIsThatWhichIsGivenOrAMinute() throws {
    #expect(try resolve(["overdue=10s"]).calls == Policy.Calls(overdue: .seconds(10)))
    #expect(try resolve(["overdue=2m"]).calls.lease == .seconds(60))
    #expect(try resolve(["concurrency.lease=20s"], ["overdue=30s"]).calls.lease == .seconds(20))
    #expect(
      try resolve(["concurrency.limit=3", "concurrency.lease=20s"]).calls == Policy.Calls(limit: 3, lease: .seconds(20))
    )
    #expect(try resolve(["concurrency.lease=20s"]).calls == Policy.Calls())
    // A lease that ends first ends the watch.
    #expect(try resolve(["overdue=30s", "concurrency.lease=20s"]).calls.lease == .seconds(20))
    #expect(try resolve(["overdue=30s"], ["concurrency.lease=20s"]).calls.lease == .seconds(20))
  }

  @Test func theSecondRulesAreMadeLikeTheFirst() throws {
    let keys = [
      "trip.failure_rate=50%", "trip.slow_rate=80%", "trip.slow_call=2s", "trip.window.calls=10", "lump=1s",
      "trip_on_success=true",
    ]
    let policy = try resolve(keys + keys.map { "shadow.\($0)" })
    #expect(policy.shadow == policy.trip)
    #expect(policy.shadow?.minimumCalls == 10)
    #expect(try resolve().shadow == nil)
  }

  @Test func theSecondRulesAreLayeredByThemselves() throws {
    let policy = try resolve(
      ["trip.failures=3", "shadow.trip.failures=3", "shadow.trip.window.time=20s"],
      ["shadow.trip.consecutive_failures=2", "shadow.trip.window.calls=5"])
    #expect(policy.trip.failures == 3)
    #expect(policy.shadow == Policy.Trip(consecutiveFailures: 2, minimumCalls: 5, window: .calls(5)))
    #expect(try resolve(["shadow.trip.failures=3", "shadow.lump=1s"], ["shadow.trip.failures=off"]).shadow == nil)
  }

  @Test func refusesSecondRulesThatMakeNone() {
    expectRefused([["shadow.lump=1s"]], key: "shadow.lump", ["needs a rule beside it, one of shadow.trip.consecutive"])
    expectRefused(
      [["shadow.trip.slow_rate=50%"]], key: "shadow.trip.slow_rate", ["needs shadow.trip.slow_call, from which"])
    expectRefused(
      [["shadow.trip.failures=11", "shadow.trip.window.calls=10"]], key: "shadow.trip.failures",
      ["can never be reached in shadow.trip.window.calls=10"])
    expectRefused(
      [["shadow.trip.window.calls=1", "shadow.trip.window.time=1s"]], key: "shadow.trip.window.calls",
      ["excludes shadow.trip.window.time"])
  }

  // MARK: Trip rules

  @Test func aLayerWithARuleReplacesTheRulesBelow() throws {
    let trip = try resolve(["trip.failures=10", "trip.failure_rate=50%"], ["trip.consecutive_failures=3"]).trip
    #expect(trip == Policy.Trip(consecutiveFailures: 3))
    #expect(try resolve(["trip.failures=10"]).trip.consecutiveFailures == nil)
  }

  @Test func aLayerWithoutARuleKeepsTheRulesBelow() throws {
    let trip = try resolve(["trip.failure_rate=50%"], ["trip.slow_call=2s", "trip.minimum_calls=5"]).trip
    #expect(trip.failureRate == Rate(basisPoints: 5_000))
    #expect(trip.consecutiveFailures == nil)
    #expect(trip.slowCall == .seconds(2))
    #expect(trip.minimumCalls == 5)
  }

  @Test func offRemovesOneRuleOnly() throws {
    let trip = try resolve(["trip.failures=10", "trip.consecutive_failures=3"], ["trip.failures=off"]).trip
    #expect(trip == Policy.Trip(consecutiveFailures: 3))
    // Beside a value it is one of the set.
    #expect(try resolve(["trip.failures=10"], ["trip.consecutive_failures=off", "trip.failures=3"]).trip.failures == 3)
    // A layer above may give the rule again.
    #expect(try resolve(["trip.consecutive_failures=off"], ["trip.failures=3"]).trip.failures == 3)
  }

  @Test func withoutAnyRuleItCouldNeverOpen() {
    let parts = ["trip: the breaker could never open", "give one of trip.consecutive_failures, trip.failures,"]
    expectRefused([["trip.consecutive_failures=off"]], key: "trip", parts)
    expectRefused([["trip.failures=3"], ["trip.failures=off"]], key: "trip", parts)
    expectRefused([["trip.consecutive_failures=off", "trip.window.calls=10"]], key: "trip", parts)
  }

  @Test func slowRateNeedsSlowCall() throws {
    let parts = ["trip.slow_rate: needs trip.slow_call", "trip.slow_call=2s"]
    expectRefused([["trip.slow_rate=50%"]], key: "trip.slow_rate", parts)
    expectRefused(
      [["trip.slow_rate=50%", "trip.slow_call=2s"], ["trip.slow_call=off"]], key: "trip.slow_rate", parts)
    #expect(try resolve(["trip.slow_call=2s"], ["trip.slow_rate=50%"]).trip.slowRate != nil)
  }

  @Test func slowCallAloneOnlyCounts() throws {
    let trip = try resolve(["trip.slow_call=2s"]).trip
    #expect(trip == Policy.Trip(consecutiveFailures: 5, slowCall: .seconds(2)))
    #expect(try resolve(["trip.slow_call=2s"], ["trip.slow_call=off"]).trip.slowCall == nil)
  }

  // MARK: Window

  static let minute = Policy.WindowShape.time(bucket: .seconds(6), buckets: 10)

  @Test(
    arguments: [
      ([], .generation),
      (["trip.failures=3"], minute),
      (["trip.failure_rate=50%"], minute),
      (["trip.slow_rate=50%", "trip.slow_call=1s"], minute),
      (["trip.failures=3", "trip.window=none"], .generation),
      (["trip.window=none"], .generation),
      (["trip.window.time=10s"], .time(bucket: .seconds(1), buckets: 10)),
      (["trip.window.buckets=1"], .time(bucket: .seconds(60), buckets: 1)),
      (["trip.window.buckets=1000", "trip.window.time=1s"], .time(bucket: .milliseconds(1), buckets: 1_000)),
      (["trip.window.calls=10000"], .calls(10_000)),
    ] as [([String], Policy.WindowShape)])
  func windowOfOneLayer(_ layer: [String], shape: Policy.WindowShape) throws {
    #expect(try resolve(layer).trip.window == shape)
  }

  @Test(
    arguments: [
      (
        ["trip.window.time=30s", "trip.window.buckets=3"], ["trip.window.buckets=6"],
        .time(bucket: .seconds(10), buckets: 6)
      ),
      (
        ["trip.window.time=30s", "trip.window.buckets=3"], ["trip.window.time=20s"],
        .time(bucket: .seconds(2), buckets: 10)
      ),
      (["trip.window.time=30s"], ["trip.window.calls=50"], .calls(50)),
      (["trip.window.calls=50"], ["trip.window.buckets=10"], minute),
      (["trip.window.calls=50"], ["trip.window=none"], .generation),
      (["trip.window=none"], ["trip.window.calls=50"], .calls(50)),
      (["trip.window.calls=50"], ["trip.failures=4"], .calls(50)),
      (["trip.failures=4", "trip.window.calls=50"], ["trip.consecutive_failures=4"], .calls(50)),
    ] as [([String], [String], Policy.WindowShape)])
  func aLayerWithAWindowReplacesTheWindowBelow(_ low: [String], _ high: [String], shape: Policy.WindowShape) throws {
    #expect(try resolve(low, high).trip.window == shape)
  }

  @Test(arguments: [
    (
      ["trip.window.time=1s", "trip.window.calls=5"], "trip.window.calls", "excludes trip.window.time in the same place"
    ),
    (["trip.window.buckets=5", "trip.window.calls=5"], "trip.window.calls", "excludes trip.window.buckets"),
    (
      ["trip.window=none", "trip.window.calls=5"], "trip.window.calls",
      "excludes trip.window in the same place; keep one"
    ),
    (["trip.window=none", "trip.window.time=5s"], "trip.window.time", "excludes trip.window in"),
    (
      ["trip.window.time=0.5ms"], "trip.window.time",
      "0.5ms in 10 buckets is not a whole number of milliseconds each; write whole"
    ),
    (["trip.window.time=5ms"], "trip.window.time", "trip.window.buckets=5 would do"),
    (["trip.window.time=10s", "trip.window.buckets=7"], "trip.window.time", "trip.window.buckets=5 would do"),
    (["trip.window.buckets=7"], "trip.window.buckets", "1m in 7 buckets is not a whole number of milliseconds each"),
  ])
  func refusesWindows(_ layer: [String], key: String, telling: String) {
    expectRefused([layer], key: key, ["\(key): ", telling])
  }

  @Test func failuresMustFitIntoTheWindow() throws {
    #expect(try resolve(["trip.failures=10", "trip.window.calls=10"]).trip.failures == 10)
    let parts = ["trip.failures: 11 can never be reached in trip.window.calls=10; write 10 or less"]
    expectRefused([["trip.failures=11", "trip.window.calls=10"]], key: "trip.failures", parts)
    expectRefused([["trip.failures=11"], ["trip.window.calls=10"]], key: "trip.failures", parts)
    expectRefused([["trip.window.calls=10"], ["trip.failures=11"]], key: "trip.failures", parts)
  }

  @Test func minimumCallsIsMovedToAWindowAbove() throws {
    #expect(try resolve(["trip.failure_rate=50%", "trip.window.calls=10"]).trip.minimumCalls == 10)
    #expect(try resolve(["trip.failure_rate=50%", "trip.window.calls=100"]).trip.minimumCalls == 20)
    #expect(try resolve(["trip.minimum_calls=50"], ["trip.window.calls=30"]).trip.minimumCalls == 30)
    #expect(
      try resolve(["trip.minimum_calls=50"], ["trip.window.calls=30"], ["trip.window=none"]).trip.minimumCalls == 50)
    #expect(try resolve(["trip.minimum_calls=10", "trip.window.calls=10"]).trip.minimumCalls == 10)
    #expect(try resolve(["trip.minimum_calls=50"], ["trip.minimum_calls=off"]).trip.minimumCalls == 20)
    #expect(try resolve(["trip.window.calls=8"], ["trip.minimum_calls=off"]).trip.minimumCalls == 8)
  }

  @Test func minimumCallsGivenOverItsWindowIsRefused() {
    let parts = ["trip.minimum_calls: 11 can never be reached in trip.window.calls=10; write 10 or less"]
    expectRefused([["trip.minimum_calls=11", "trip.window.calls=10"]], key: "trip.minimum_calls", parts)
    expectRefused([["trip.window.calls=10"], ["trip.minimum_calls=11"]], key: "trip.minimum_calls", parts)
  }

  @Test(arguments: [
    (["trip.failures=10"], ["trip.failures=11"], "trip.failures"),
    (
      ["trip.consecutive_failures=10", "trip.window.buckets=1"],
      ["trip.consecutive_failures=11", "trip.window.buckets=1"], "trip.consecutive_failures"
    ),
    (
      ["trip.failure_rate=75%", "trip.minimum_calls=13"], ["trip.failure_rate=75%", "trip.minimum_calls=14"],
      "trip.failure_rate"
    ),
  ])
  func lumpedFailuresMustSufficeForSomeRule(_ good: [String], _ bad: [String], key: String) throws {
    let window = ["trip.window.time=10s", "lump=1s"]
    #expect(throws: Never.self) { try resolve(window + good) }
    expectRefused(
      [window + bad], key: key,
      ["the breaker could never open", "11 failures in trip.window.time=10s, where lump=1s lets at most 10 count"])
    // One that can hold is enough, and a shadow opens nothing.
    #expect(throws: Never.self) { try resolve(window + bad + ["trip.slow_rate=50%", "trip.slow_call=1s"]) }
    #expect(throws: Never.self) { try resolve((window + bad).map { "shadow.\($0)" }) }
  }

  @Test func theAdviceAgainstTooMuchLumpingIsRight() throws {
    let keys = ["trip.window.time=10s", "trip.failures=12"]
    expectRefused([keys + ["lump=1s"]], key: "trip.failures", ["ask for less, or write lump=909.09ms or less"])
    #expect(throws: Never.self) { try resolve(keys, ["lump=909.09ms"]) }
    expectRefused([keys, ["lump=909.091ms"]], key: "trip.failures", [])
  }

  @Test func lumpingKeepsNoOtherRuleFromHolding() throws {
    for rules in [
      ["trip.consecutive_failures=100", "trip.window.time=10s"], ["trip.failures=100", "trip.window=none"],
      ["trip.failures=100", "trip.window.calls=100"], ["trip.failure_rate=0%", "trip.window.time=1s"],
      ["trip.slow_rate=100%", "trip.slow_call=1s", "trip.window.time=1s"],
    ] {
      #expect(throws: Never.self, "\(rules)") { try resolve(rules + ["lump=1h"]) }
    }
  }

  // MARK: Open

  @Test func maxDurationIsMovedToADurationAbove() throws {
    #expect(try resolve(["open.duration=10s"]).open.maxDuration == .seconds(120))
    #expect(try resolve(["open.duration=10m"]).open.maxDuration == .seconds(600))
    #expect(try resolve(["open.max_duration=30s"], ["open.duration=1m"]).open.maxDuration == .seconds(60))
    #expect(
      try resolve(["open.max_duration=30s"], ["open.duration=1m"], ["open.duration=10s"]).open.maxDuration
        == .seconds(30))
    #expect(try resolve(["open.max_duration=5s"]).open.maxDuration == .seconds(5))
    #expect(try resolve(["open.max_duration=30s"], ["open.max_duration=off"]).open.maxDuration == .seconds(120))
    #expect(try resolve(["open.duration=1h"], ["open.max_duration=off"]).open.maxDuration == .seconds(3_600))
  }

  @Test func maxDurationGivenBelowItsDurationIsRefused() {
    let parts = ["open.max_duration: 3s is less than open.duration, 5s; write 5s or more, or a shorter open.duration"]
    expectRefused([["open.max_duration=3s", "open.duration=5s"]], key: "open.max_duration", parts)
    expectRefused([["open.duration=5s"], ["open.max_duration=3s"]], key: "open.max_duration", parts)
    expectRefused([["open.max_duration=3s"]], key: "open.max_duration", parts)
  }

  @Test func resetAfterFollowsTheDuration() throws {
    #expect(try resolve(["open.duration=7s"]).open.resetAfter == .seconds(7))
    #expect(try resolve(["open.reset_after=1m"], ["open.duration=7s"]).open.resetAfter == .seconds(60))
    #expect(try resolve(["open.reset_after=1m"], ["open.reset_after=off"]).open.resetAfter == .seconds(5))
  }

  // MARK: Half-open

  @Test func aLayerWithAVerdictReplacesTheVerdictBelow() throws {
    let calls = ["half_open.calls=10", "half_open.failure_rate=50%"]
    let rated = Policy.Verdict.calls(10, failureRate: Rate(basisPoints: 5_000))
    #expect(try resolve(["half_open.successes=3"], calls).halfOpen.verdict == rated)
    #expect(try resolve(calls, ["half_open.successes=3"]).halfOpen.verdict == .successes(3))
    #expect(try resolve(calls, ["half_open.probes=3"]).halfOpen.verdict == rated)
  }

  @Test(
    arguments: [
      ([["half_open.calls=10"]], "half_open.calls", "needs half_open.failure_rate beside it"),
      ([["half_open.failure_rate=50%"]], "half_open.failure_rate", "needs half_open.calls beside it"),
      (
        [["half_open.calls=10", "half_open.failure_rate=50%"], ["half_open.failure_rate=30%"]],
        "half_open.failure_rate", "needs half_open.calls beside it"
      ),
      (
        [["half_open.successes=1", "half_open.calls=10", "half_open.failure_rate=50%"]], "half_open.calls",
        "excludes half_open.successes in the same place; keep one of them"
      ),
      (
        [["half_open.successes=1", "half_open.failure_rate=50%"]], "half_open.failure_rate",
        "excludes half_open.successes"
      ),
      (
        [["half_open.calls=10", "half_open.failure_rate=0%"]], "half_open.failure_rate",
        "so the breaker could never close; write more than 0%"
      ),
      (
        [["trip.slow_rate=0%", "trip.slow_call=1s"], ["half_open.calls=10", "half_open.failure_rate=50%"]],
        "trip.slow_rate", "so the breaker could never close; write more than 0%, or give half_open.successes"
      ),
    ] as [([[String]], String, String)])
  func refusesVerdicts(_ layers: [[String]], key: String, telling: String) {
    expectRefused(layers, key: key, ["\(key): ", telling])
  }

  @Test func aSlowRateOfZeroClosesBySuccesses() throws {
    #expect(try resolve(["trip.slow_rate=0%", "trip.slow_call=1s"]).trip.slowRate == Rate(basisPoints: 0))
  }

  @Test func maxLeaseIsMovedToALeaseAbove() throws {
    #expect(try resolve(["half_open.lease=1h"]).halfOpen.maxLease == .seconds(3_600))
    #expect(try resolve(["half_open.max_lease=40s"], ["half_open.lease=50s"]).halfOpen.maxLease == .seconds(50))
    #expect(try resolve(["half_open.max_lease=30s"]).halfOpen.maxLease == .seconds(30))
    let parts = ["half_open.max_lease: 10s is less than half_open.lease, 30s; write 30s or more"]
    expectRefused([["half_open.max_lease=10s"]], key: "half_open.max_lease", parts)
    expectRefused([["half_open.lease=30s", "half_open.max_lease=10s"]], key: "half_open.max_lease", parts)
  }

  @Test func maxWaitCanBeOff() throws {
    #expect(try resolve(["half_open.max_wait=1m"]).halfOpen.maxWait == .seconds(60))
    #expect(try resolve(["half_open.max_wait=1m"], ["half_open.max_wait=off"]).halfOpen.maxWait == nil)
  }
}
