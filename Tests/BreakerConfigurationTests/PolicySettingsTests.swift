import BreakerConfiguration
import BreakerCore
import Testing

@Suite struct PolicySettingsTests {
  @Test func showsWhatIsSetInTheOrderOfTheKeys() throws {
    var layer = PolicySettings()
    #expect(layer.isEmpty)
    try layer.set("recovery", to: "manual")
    try layer.set("open.duration", to: "060s")
    try layer.set("trip.failures", to: "off")
    #expect(!layer.isEmpty)
    #expect(layer.map(\.key) == [.tripFailures, .openDuration, .recovery])
    #expect(layer.map(\.value) == ["off", "060s", "manual"])
    #expect(layer[.openDuration] == "060s")
    #expect(layer[.openJitter] == nil)

    try layer.set("open.duration", to: "1m")
    #expect(layer[.openDuration] == "1m")
    #expect(layer.map(\.key).count == 3)
  }

  @Test func unsets() throws {
    var layer = try PolicySettings(["open.jitter=5%"])
    #expect(try layer.unset("open.duration") == false)
    #expect(try layer.unset("open.jitter") == true)
    #expect(layer.isEmpty)
    let error = #expect(throws: SettingError.self) { try layer.unset("open.jiter") }
    #expect(error?.message == "unknown key 'open.jiter', did you mean 'open.jitter'?")
    layer = try PolicySettings(["ramp=off", "trip.window.time=1m", "open.jitter=5%"])
    #expect(try layer.unset("ramp") == true)
    #expect(try layer.unset("trip.window") == true)
    #expect(try layer.unset("shadow") == false)
    #expect(try layer == PolicySettings(["open.jitter=5%"]))
  }

  @Test func isEqualWhenItSetsTheSame() throws {
    let layer = try PolicySettings(["open.jitter=5%", "trip.failures=3"])
    #expect(try layer == PolicySettings(["trip.failures=3", "open.jitter=5%"]))
    #expect(try layer != PolicySettings(["trip.failures=3"]))
    #expect(try layer != PolicySettings(["trip.failures=3", "open.jitter=6%"]))
  }

  @Test(arguments: PolicyKey.allCases)
  func everyKeyCanBeOff(_ key: PolicyKey) throws {
    var layer = PolicySettings()
    try layer.set(key.rawValue, to: "off")
    #expect(layer[key] == "off")
  }

  @Test func aBlockThatIsOffIsOffWithAllItsKeys() throws {
    #expect(try Array(PolicySettings(["ramp=off"]).map(\.key)) == [.rampStart, .rampDuration])
    #expect(try Array(PolicySettings(["concurrency=off"]).map(\.key)) == [.concurrencyLimit, .concurrencyLease])
    #expect(try PolicySettings(["shadow=off"]).allSatisfy { $0.key.rawValue.hasPrefix("shadow.") && $0.value == "off" })
    #expect(
      try Array(PolicySettings(["trip.window=off"]).map(\.key)) == [
        .tripWindow, .tripWindowTime, .tripWindowBuckets, .tripWindowCalls,
      ])
    #expect(throws: SettingError.self) { try PolicySettings(["rampe=off"]) }
  }

  @Test(arguments: [
    ("trip.failure_rate", "50", "trip.failure_rate: '50' has no percent sign; write a percentage"),
    ("trip.slow_call", "2", "trip.slow_call: '2' has no unit; write ms, s, m, h or d after it, for example 2s"),
    ("open.duration", "5sec", "open.duration: 'sec' in '5sec' is not a unit; write ms, s, m, h or d"),
    ("open.duration", "0s", "open.duration: '0s' is too short; write more than 0s"),
    ("open.backoff", "0.5", "open.backoff: '0.5' is out of range; write a number from 1 to 100"),
    ("half_open.probes", "1001", "half_open.probes: '1001' is out of range; write a whole number from 1 to 1000"),
    ("trip.window", "60s", "trip.window: '60s' is not known here; write none, or trip.window.time=60s"),
    (
      "shadow.trip.window", "50",
      "shadow.trip.window: '50' is not known here; write none, or shadow.trip.window.calls=50"
    ),
    ("recovery", "auto", "recovery: 'auto' is not known here; write traffic or manual"),
    ("recovery", "", "recovery: '' is not known here"),
    ("trip.failure_rat", "50%", "unknown key 'trip.failure_rat', did you mean 'trip.failure_rate'?"),
    ("calls", "5", "unknown key 'calls', did you mean 'trip.window.calls' or 'half_open.calls'?"),
    (
      "frobnicate", "5",
      "unknown key 'frobnicate', keys are dotted, such as trip.failures or open.duration, or a word such as recovery; "
        + "'breakerd policy NAME' shows them"
    ),
  ])
  func refuses(_ key: String, _ value: String, telling: String) throws {
    let before = try PolicySettings(["open.duration=7s"])
    var layer = before
    let error = #expect(throws: SettingError.self) { try layer.set(key, to: value) }
    #expect(error?.key == key)
    #expect(error?.message.hasPrefix(telling) == true, "\(String(describing: error))")
    #expect(error?.description == error?.message)
    #expect(layer == before)
  }
}
