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
        "trip.consecutive_failures=5", "trip.minimum_calls=20", "trip_on_success=false", "concurrency.lease=1m",
        "open.duration=5s",
        "open.backoff=2",
        "open.max_duration=2m", "open.jitter=10%", "half_open.probes=1", "half_open.successes=1",
        "half_open.lease=30s", "half_open.max_lease=10m", "recovery=traffic", "check.interval=5s",
        "check.attempts=12", "check.latch=false", "check.timeout=2s", "check.expect=200", "ramp.start=10%",
        "forget_after=1d",
      ])
  }

  @Test func keysThatCanBeOff() {
    #expect(
      PolicyKey.allCases.filter { $0.entry.off != nil } == [
        .tripConsecutiveFailures, .tripFailures, .tripFailureRate, .tripSlowRate, .tripSlowCall, .tripMinimumCalls,
        .lump, .overdue, .concurrencyLimit, .openMaxDuration, .openResetAfter, .halfOpenMaxWait, .checkHTTP, .checkTCP,
        .rampDuration, .shadowConsecutiveFailures, .shadowFailures, .shadowFailureRate, .shadowSlowRate,
        .shadowSlowCall, .shadowMinimumCalls, .shadowLump, .forgetAfter,
      ])
  }

  @Test(arguments: [
    (PolicyKey.tripConsecutiveFailures, 1_000_000), (.tripFailures, 1_000_000), (.tripMinimumCalls, 1_000_000),
    (.tripWindowBuckets, 1_000), (.tripWindowCalls, 10_000), (.halfOpenProbes, 1_000), (.halfOpenSuccesses, 10_000),
    (.halfOpenCalls, 10_000), (.concurrencyLimit, 10_000), (.checkAttempts, 10_000), (.shadowFailures, 1_000_000),
    (.shadowConsecutiveFailures, 1_000_000), (.shadowMinimumCalls, 1_000_000), (.shadowWindowBuckets, 1_000),
    (.shadowWindowCalls, 10_000),
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
    #expect(counts.count == 15 + 1, "check.expect does not begin at 1")
  }

  @Test(arguments: [
    PolicyKey.tripSlowCall, .tripWindowTime, .openDuration, .openMaxDuration, .halfOpenLease, .halfOpenMaxLease,
    .halfOpenMaxWait, .lump, .forgetAfter, .overdue, .concurrencyLease, .checkInterval, .checkTimeout, .rampDuration,
    .shadowSlowCall, .shadowWindowTime, .shadowLump,
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
    let error = #expect(throws: NotationError.self) { try PolicyKey.recovery.entry.kind.parse("nobody") }
    #expect(error?.message == "'nobody' is not known here; write traffic or manual or check")
  }

  @Test(arguments: ["http://127.0.0.1:9200/_cluster/health", "https://x", "http://[::1]/a?b=c%20d"])
  func readsAddressesOfHTTP(_ text: String) throws {
    #expect(try PolicyKey.checkHTTP.entry.kind.parse(text) == .word(text))
  }

  @Test(arguments: ["", "http://", "htp://x", "127.0.0.1:80", "http://x/a b", "http://x/\u{7F}", "http://ü"])
  func refusesOtherAddressesOfHTTP(_ text: String) {
    let error = #expect(throws: NotationError.self) { try PolicyKey.checkHTTP.entry.kind.parse(text) }
    #expect(error?.message.contains("is not an address of HTTP; write an address such as http://") == true)
  }

  @Test(arguments: ["127.0.0.1:5432", "db.example:1", "[::1]:65535"])
  func readsHostsAndPorts(_ text: String) throws {
    #expect(try PolicyKey.checkTCP.entry.kind.parse(text) == .word(text))
  }

  @Test(arguments: ["", "db", "db:", ":5432", "db:0", "db:65536", "db:http", "d b:1", "db:-1"])
  func refusesOtherHostsAndPorts(_ text: String) {
    let error = #expect(throws: NotationError.self) { try PolicyKey.checkTCP.entry.kind.parse(text) }
    #expect(error?.message.contains("is not a host and a port; write a host and a port such as") == true)
  }

  @Test func theSecondRulesHaveAKeyForEachOfTheFirst() {
    let first = PolicyKey.allCases.filter {
      $0.rawValue.hasPrefix("trip") || $0 == .lump
    }
    #expect(first.compactMap(\.shadow) == PolicyKey.allCases.filter { $0.rawValue.hasPrefix("shadow.") })
    for key in first {
      #expect(key.shadow?.original == key)
      #expect(key.shadow?.rawValue == "shadow.\(key)")
      #expect(key.shadow?.entry.kind == key.entry.kind)
    }
  }
}
