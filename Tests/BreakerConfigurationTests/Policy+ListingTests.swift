import BreakerCore
import TestSupport
import Testing

@testable import BreakerConfiguration

@Suite struct PolicyListingTests {
  @Test func listsTheBuiltInPolicy() {
    #expect(
      Policy().settings.map { "\($0.key)=\($0.value)" } == [
        "trip.consecutive_failures=5", "trip.minimum_calls=20", "trip.window=none",
        "trip_on_success=false", "open.duration=5s",
        "open.backoff=2", "open.max_duration=2m", "open.jitter=10%", "open.reset_after=5s", "half_open.probes=1",
        "half_open.successes=1", "half_open.lease=30s", "half_open.max_lease=10m", "recovery=traffic",
        "forget_after=1d",
      ])
  }

  @Test(arguments: [
    ["trip.failures=3"], ["trip.failures=3", "trip.window=none"], ["trip.window.calls=10000"],
    ["trip.window.time=1s", "trip.window.buckets=1"], ["open.backoff=2.37"], ["open.duration=1.5h"],
    ["half_open.calls=7", "half_open.failure_rate=12.34%"], ["trip.slow_call=0.001ms"], ["open.reset_after=0s"],
    ["trip_on_success=true", "lump=50ms"], ["overdue=10s"], ["overdue=10m"],
    ["concurrency.limit=20", "concurrency.lease=5s"], ["ramp.duration=30s"], ["ramp.duration=30s", "ramp.start=0%"],
    ["recovery=check"],
    ["recovery=check", "check.http=https://[::1]:9200/x?y=z", "check.attempts=3", "check.latch=true"],
    ["shadow.trip.failures=3"], ["shadow.trip.failure_rate=50%", "shadow.trip.window.calls=10", "shadow.lump=1s"],
    ["shadow.trip.consecutive_failures=3", "shadow.trip_on_success=true", "shadow.trip.window.time=5s"],
    ["forget_after=off"], ["forget_after=90m"],
  ])
  func resolvesToTheSame(_ layer: [String]) throws { try expectRoundTrip(resolve(layer)) }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func randomSettingsMakeAPolicyInAllRangesOrNone(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var (made, refused) = (0, 0)
    for _ in 0..<1_000 {
      let layers = (0..<Int.random(in: 1...4, using: &random)).map { _ in randomLayer(&random) }
      do throws(SettingError) {
        let policy = try PolicyResolver.resolve(layers)
        made += 1
        expectConsistent(policy)
        try expectRoundTrip(policy)
      } catch {
        refused += 1
        #expect(error.key == "trip" || PolicyKey(rawValue: error.key) != nil)
      }
    }
    #expect(made > 100 && refused > 100, "made \(made), refused \(refused)")
  }

  /// That its listing, word by word, is taken and makes an equal policy.
  private func expectRoundTrip(_ policy: Policy) throws(SettingError) {
    var layer = PolicySettings()
    for (key, value) in policy.settings { try layer.set(key.rawValue, to: value) }
    #expect(layer == policy.settings)
    #expect(try Parts(PolicyResolver.resolve([layer])) == Parts(policy))
    // It also covers whatever lies below, but for what the policy does not have.
    let below = try PolicySettings(["trip.failures=9", "trip.window.calls=9", "half_open.probes=9", "recovery=manual"])
    #expect(try Parts(PolicyResolver.resolve([below, layer])) == Parts(policy))
  }

  /// What must be so between the keys of any policy.
  private func expectConsistent(_ policy: Policy) {
    let (trip, halfOpen) = (policy.trip, policy.halfOpen)
    #expect(
      trip.consecutiveFailures ?? trip.failures ?? trip.failureRate?.basisPoints ?? trip.slowRate?.basisPoints != nil)
    #expect(trip.slowRate == nil || trip.slowCall != nil)
    switch trip.window {
    case .generation: break
    case .time(let bucket, let buckets):
      #expect(bucket >= .milliseconds(1) && bucket.microseconds.isMultiple(of: 1_000) && (1...1_000).contains(buckets))
    case .calls(let calls):
      #expect(trip.minimumCalls <= calls && trip.failures ?? 0 <= calls)
    }
    #expect((policy.recovery == .check) == (policy.check != nil))
    #expect(policy.open.maxDuration >= policy.open.duration)
    #expect(halfOpen.maxLease >= halfOpen.lease)
    if case .calls(_, let failureRate) = halfOpen.verdict {
      #expect(failureRate.basisPoints > 0 && trip.slowRate?.basisPoints != 0)
    }
  }

  /// A few keys, each with a value of its kind, or `off`.
  private func randomLayer(_ random: inout SplitMix64) -> PolicySettings {
    var layer = PolicySettings()
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      guard let key = PolicyKey.allCases.randomElement(using: &random) else { continue }
      // What is refused by itself is none of a layer.
      try? layer.set(key.rawValue, to: randomValue(key.entry.kind, &random))
      // A verdict of calls would hardly ever come about by chance.
      if key == .halfOpenCalls && Bool.random(using: &random) {
        try? layer.set("half_open.failure_rate", to: "\(Int.random(in: 0...100, using: &random))%")
      }
    }
    return layer
  }

  private func randomValue(_ kind: ValueKind, _ random: inout SplitMix64) -> String {
    if Int.random(in: 0..<8, using: &random) == 0 { return "off" }
    switch kind {
    case .count(let range):
      return
        "\(Bool.random(using: &random) ? Int.random(in: 1...30, using: &random) : Int.random(in: range, using: &random))"
    case .rate:
      return Rate(
        basisPoints: [0, 1, 10_000, .random(in: 0...10_000, using: &random)].randomElement(using: &random) ?? 0
      )
      .notation
    case .duration(let range):
      let (least, most) = (range.lowerBound.microseconds, range.upperBound.microseconds)
      let scale: Int64 = [1, 1_000, 1_000_000, 60_000_000].randomElement(using: &random) ?? 1
      return Timespan(microseconds: min(max(.random(in: 0...600, using: &random) * scale, least), most)).notation
    case .factor(let range):
      return DecimalText.format(Int.random(in: range, using: &random), places: 2)
    case .word(let words):
      return words.randomElement(using: &random) ?? ""
    case .flag:
      return Bool.random(using: &random) ? "true" : "false"
    case .httpAddress:
      return "http://127.0.0.1:\(Int.random(in: 1...65_535, using: &random))/health"
    case .tcpAddress:
      return "localhost:\(Int.random(in: 1...65_535, using: &random))"
    }
  }
}
