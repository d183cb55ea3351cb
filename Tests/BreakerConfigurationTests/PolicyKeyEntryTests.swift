import BreakerCore
import Testing

@testable import BreakerConfiguration

@Suite struct PolicyKeyEntryTests {
  @Test(arguments: PolicyKey.allCases)
  func hasOneLineOfHelp(_ key: PolicyKey) {
    #expect(key.entry.help.hasSuffix("."))
    #expect(!key.entry.help.contains("\n"))
    #expect(!key.entry.kind.description.isEmpty)
  }

  @Test(arguments: PolicyKey.allCases)
  func takesItsOwnBuiltInValue(_ key: PolicyKey) throws {
    guard let builtIn = key.builtIn else { return }
    #expect(try key.entry.kind.parse(builtIn) == key.entry.builtIn)
  }

  @Test func builtInValues() {
    let shown = PolicySettings.builtIn.map { "\($0.key)=\($0.value)" }
    #expect(
      shown == [
        "trip.consecutive_failures=5", "trip.minimum_calls=20", "trip_on_success=false", "open.duration=5s",
        "open.backoff=2",
        "open.max_duration=2m", "open.jitter=10%", "half_open.probes=1", "half_open.successes=1",
        "half_open.lease=30s", "half_open.max_lease=10m", "recovery=traffic", "forget_after=1d",
      ])
  }

  @Test func keysThatCanBeOff() {
    #expect(
      PolicyKey.allCases.filter { $0.entry.off != nil } == [
        .tripConsecutiveFailures, .tripFailures, .tripFailureRate, .tripSlowRate, .tripSlowCall, .tripMinimumCalls,
        .lump, .openMaxDuration, .openResetAfter, .halfOpenMaxWait, .forgetAfter,
      ])
  }

  @Test(arguments: [
    (PolicyKey.tripConsecutiveFailures, 1_000_000), (.tripFailures, 1_000_000), (.tripMinimumCalls, 1_000_000),
    (.tripWindowBuckets, 1_000), (.tripWindowCalls, 10_000), (.halfOpenProbes, 1_000), (.halfOpenSuccesses, 10_000),
    (.halfOpenCalls, 10_000),
  ])
  func countsReachFromOneToTheirMost(_ key: PolicyKey, most: Int) throws {
    let kind = key.entry.kind
    #expect(try kind.parse("1") == .count(1))
    #expect(try kind.parse("\(most)") == .count(most))
    for text in ["0", "\(most + 1)", "99999999999999999999"] {
      let error = #expect(throws: NotationError.self) { try kind.parse(text) }
      #expect(error?.message == "'\(text)' is out of range; write a whole number from 1 to \(most)")
    }
    for text in ["", "five", "-1", "+1", "1.5", "1s", "1_000"] {
      let error = #expect(throws: NotationError.self) { try kind.parse(text) }
      #expect(error?.message == "'\(text)' is not a whole number; write a whole number from 1 to \(most)")
    }
  }

  @Test func noOtherKeyCounts() {
    let counts = PolicyKey.allCases.filter { if case .count = $0.entry.kind { true } else { false } }
    #expect(counts.count == 8)
  }

  @Test(arguments: [
    PolicyKey.tripSlowCall, .tripWindowTime, .openDuration, .openMaxDuration, .halfOpenLease, .halfOpenMaxLease,
    .halfOpenMaxWait, .lump, .forgetAfter,
  ])
  func durationsAreLongerThanZero(_ key: PolicyKey) throws {
    #expect(try key.entry.kind.parse("0.001ms") == .duration(Timespan(microseconds: 1)))
    #expect(try key.entry.kind.parse("3650d") == .duration(.longest))
    let short = #expect(throws: NotationError.self) { try key.entry.kind.parse("0s") }
    #expect(short?.message == "'0s' is too short; write more than 0s")
    #expect(throws: NotationError.self) { try key.entry.kind.parse("3651d") }
  }

  @Test func resetAfterMayBeZero() throws {
    #expect(try PolicyKey.openResetAfter.entry.kind.parse("0s") == .duration(.zero))
  }

  @Test(arguments: [("1", 100), ("1.5", 150), ("2.25", 225), ("100", 10_000), ("100.00", 10_000)])
  func readsFactors(_ text: String, hundredths: Int) throws {
    #expect(try PolicyKey.openBackoff.entry.kind.parse(text) == .factor(hundredths: hundredths))
  }

  @Test(arguments: [
    ("0.99", "is out of range; write a number from 1 to 100 with at most two decimals"), ("100.01", "is out of range"),
    ("99999999999999999999", "is out of range"), ("1.234", "has more than two decimals"), ("x2", "is not a number"),
    ("50%", "is not a number"),
  ])
  func refusesFactors(_ text: String, telling: String) {
    let error = #expect(throws: NotationError.self) { try PolicyKey.openBackoff.entry.kind.parse(text) }
    #expect(error?.message.contains(telling) == true, "\(String(describing: error))")
  }

  @Test func readsFlags() throws {
    let kind = PolicyKey.tripOnSuccess.entry.kind
    #expect(try kind.parse("true") == .flag(true))
    #expect(try kind.parse("false") == .flag(false))
    for text in ["", "yes", "1", "True", "true "] {
      let error = #expect(throws: NotationError.self) { try kind.parse(text) }
      #expect(error?.message == "'\(text)' is not known here; write true or false")
    }
  }

  @Test func refusesOtherWords() {
    let error = #expect(throws: NotationError.self) { try PolicyKey.recovery.entry.kind.parse("check") }
    #expect(error?.message == "'check' is not known here; write traffic or manual")
  }
}
