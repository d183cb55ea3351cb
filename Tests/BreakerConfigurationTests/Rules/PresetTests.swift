import BreakerCore
import Testing

@testable import BreakerConfiguration

@Suite struct PresetTests {
  @Test(arguments: Preset.all.map(\.name))
  func standsByItself(_ name: String) throws {
    let alone = try policy(of: name, above: "")
    for defaults in [
      "{trip: {failures: 2, slow_rate: 1%, slow_call: 5ms, failure_rate: 3%, minimum_calls: 7, window: {calls: 9}}}",
      "{trip: {window: {time: 1s, buckets: 4}}, trip_on_success: true, lump: 7s, recovery: manual}",
      "{open: {duration: 1h, backoff: 3, max_duration: 2h, jitter: 50%, reset_after: 9h}}",
      "{half_open: {probes: 7, calls: 9, failure_rate: 9%, max_wait: 5s}}", "{half_open: {successes: 9}}",
      "{preset: resilience4j}", "{preset: semian, trip_on_success: true}",
    ] {
      let above = try policy(of: name, above: "defaults: \(defaults)\n")
      #expect(Parts(above) == Parts(alone), "above \(defaults)")
    }
  }

  @Test(arguments: Preset.all.map(\.name))
  func nothingShowsThroughBesideKeysThatUseWhatTheDefaultsSay(_ name: String) throws {
    let beside =
      ", ramp: {duration: 1m}, recovery: check, check: {tcp: \"db:1\"}, overdue: 1s, shadow: {trip: {failure_rate: 50%}}"
    let defaults = """
      defaults:
        ramp: {start: 70%, duration: 9s}
        check: {interval: 1s, attempts: 99, latch: false, timeout: 9s, http: "http://x/", expect: 204}
        shadow: {trip: {failures: 2, window: {calls: 9}, minimum_calls: 3}, trip_on_success: true, lump: 1s}
        trip_on_success: true

      """
    #expect(try Parts(policy(of: name, above: defaults, beside)) == Parts(policy(of: name, above: "", beside)))
  }

  @Test(arguments: Preset.all.map(\.name))
  func leavesTheLeasesAndTheForgettingToTheDefaults(_ name: String) throws {
    let policy = try policy(
      of: name,
      above: "defaults: {half_open: {lease: 7s, max_lease: 8s}, concurrency: {lease: 6s}, forget_after: 9s}\n",
      ", overdue: 5s")
    #expect(policy.halfOpen.lease == .seconds(7) && policy.halfOpen.maxLease == .seconds(8))
    #expect(policy.calls.lease == .seconds(6) && policy.forgetAfter == .seconds(9))
  }

  @Test(arguments: Preset.all.map(\.name))
  func opensAlwaysForTheSameTime(_ name: String) throws {
    let open = try policy(of: name, above: "").open
    #expect(open.backoff == 1 && open.jitter.basisPoints == 0 && open.maxDuration == open.duration)
  }

  @Test func aLongerDurationBesideItMovesItsMaximum() throws {
    let text = "breakers: [{match: x, preset: gobreaker, open: {duration: 10m}}]"
    #expect(try load(text).rule("x").policy.open.maxDuration == .seconds(600))
    let growing = "breakers: [{match: x, preset: gobreaker, open: {duration: 1s, backoff: 2, max_duration: 1m}}]"
    #expect(try load(growing).rule("x").policy.open.maxDuration == .seconds(60))
  }

  @Test func gobreaker() throws {
    let policy = try policy(of: "gobreaker", above: "")
    #expect(policy.trip == Policy.Trip(consecutiveFailures: 6))
    #expect(policy.open.duration == .seconds(60) && policy.halfOpen == Policy.HalfOpen())
  }

  @Test func resilience4j() throws {
    let policy = try policy(of: "resilience4j", above: "")
    #expect(
      policy.trip
        == Policy.Trip(
          failureRate: Rate(basisPoints: 5_000), slowRate: Rate(basisPoints: 10_000), slowCall: .seconds(60),
          minimumCalls: 100, window: .calls(100), onSuccess: true))
    #expect(policy.halfOpen == Policy.HalfOpen(probes: 10, verdict: .calls(10, failureRate: Rate(basisPoints: 5_000))))
    #expect(policy.open.resetAfter == .zero && policy.open.duration == .seconds(60))
  }

  @Test func aRuleBesideItReplacesItsRules() throws {
    let policy = try load("breakers: [{match: x, preset: resilience4j, trip: {failures: 4}}]").rule("x").policy
    #expect(policy.trip.failures == 4 && policy.trip.failureRate == nil && policy.trip.window == .calls(100))
  }

  private func policy(of name: String, above text: String, _ beside: String = "") throws -> Policy {
    try load(text + "breakers: [{match: x, preset: \(name)\(beside)}]").rule("x").policy
  }
}
