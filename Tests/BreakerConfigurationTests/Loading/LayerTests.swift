import BreakerConfiguration
import BreakerCore
import Testing

@Suite struct LayerTests {
  private static let text = """
    defaults:
      preset: pybreaker
      open: {jitter: 5%}
      half_open: {lease: 20s}
      owner: everybody
    breakers:
      - match: "pay-*"
        preset: resilience4j
        open: {duration: 3m}
        owner: payments
        reporters: {users: [www-data], groups: ["33"]}
      - match: mail
        forget_after: off
        half_open: {lease: 1h}
    """

  @Test func withoutAFileAllIsBuiltIn() throws {
    for configuration in [
      Configuration(), try load(""), try load("daemon:\ndefaults:\nbreakers:\n"), try load("# no\n"),
    ] {
      #expect(configuration.rules.isEmpty && configuration.warnings.isEmpty)
      #expect(configuration.daemon == DaemonSettings())
      #expect(Parts(configuration.rule("x").policy) == Parts(Policy()))
      #expect(try configuration.rule("x").shown(.openDuration) == "5s from built-in")
      #expect(try configuration.rule("x").shown(.openResetAfter) == "5s from follows open.duration")
      #expect(try configuration.rule("x").shown(.tripMinimumCalls) == "20 from built-in")
      #expect(configuration.rule("x").location == nil)
    }
  }

  @Test func eachValueSaysWhereItComesFrom() throws {
    let configuration = try load(Self.text, defaults: [("half_open.max_lease", "40m"), ("open.jitter", "7%")])
    let pay = configuration.rule("pay-eu")
    #expect(try pay.shown(.tripFailureRate) == "50% from preset resilience4j")
    #expect(try pay.shown(.openDuration) == "3m from pattern \"pay-*\" (f.yaml:9:12)")
    #expect(try pay.shown(.openMaxDuration) == "3m from follows open.duration")
    #expect(try pay.shown(.openJitter) == "0% from preset resilience4j")
    #expect(try pay.shown(.halfOpenLease) == "20s from defaults (f.yaml:4:15)")
    #expect(try pay.shown(.halfOpenMaxLease) == "40m from --default")
    #expect(try pay.shown(.forgetAfter) == "1d from built-in")
    #expect(try pay.shown(.tripConsecutiveFailures) == nil)

    let mail = configuration.rule("mail")
    #expect(try mail.shown(.tripConsecutiveFailures) == "5 from preset pybreaker")
    #expect(try mail.shown(.openJitter) == "7% from --default")
    #expect(try mail.shown(.halfOpenMaxLease) == "1h from follows half_open.lease")
    #expect(try mail.shown(.forgetAfter) == "off from pattern \"mail\" (f.yaml:13:5)")

    #expect(try configuration.rule("other").shown(.openDuration) == "1m from preset pybreaker")
    #expect(configuration.rule("other") === configuration.defaults)
  }

  @Test(
    arguments: [
      ("preset: failsafe, trip: {failures: 3, window: {calls: 100}}", .tripMinimumCalls, "20 from built-in"),
      ("trip: {failures: 3, window: {calls: 7}}", .tripMinimumCalls, "7 from follows trip.window.calls"),
      ("shadow: {trip: {failures: 3, window: {calls: 100}}}", .shadowMinimumCalls, "20 from built-in"),
      ("open: {max_duration: off}", .openMaxDuration, "2m from built-in"),
      ("open: {max_duration: off, duration: 5m}", .openMaxDuration, "5m from follows open.duration"),
      ("half_open: off", .halfOpenMaxLease, "10m from built-in"),
      ("half_open: {max_lease: off, lease: 1h}", .halfOpenMaxLease, "1h from follows half_open.lease"),
      ("overdue: 10s, concurrency: {lease: off}", .concurrencyLease, "1m from built-in"),
      ("overdue: 60s, concurrency: {lease: off}", .concurrencyLease, "1m from built-in"),
    ] as [(String, PolicyKey, String)])
  func aValueFollowsAnotherKeyOnlyIfItIsThatKeys(_ keys: String, _ key: PolicyKey, _ shown: String) throws {
    #expect(try load("breakers: [{match: x, \(keys)}]").rule("x").shown(key) == shown)
  }

  @Test func setStandsAboveAll() throws {
    let mail = try load(Self.text).rule("mail")
    #expect(try mail.shown(.openDuration, set: ["open.duration=2s"]) == "2s from set")
    #expect(try mail.shown(.openDuration, set: ["open.jitter=1%"]) == "1m from preset pybreaker")
    #expect(try mail.policy(overriddenBy: PolicySettings(["open.duration=2s"])).open.duration == .seconds(2))
    #expect(try mail.policy(overriddenBy: PolicySettings()) === mail.policy)
    #expect(throws: SettingError.self) { try mail.policy(overriddenBy: PolicySettings(["open.max_duration=1s"])) }
  }

  @Test(
    arguments: [
      ("open: {duration: 1m}", ["open.jitter=1%", "open.max_duration=10s"], ["open.max_duration"]),
      ("trip: {failures: 20}", ["open.jitter=1%", "trip.window.calls=10"], ["trip.window.calls"]),
      (
        "trip: {failures: 3, window: {calls: 3}}", ["open.jitter=1%", "trip.failures=4", "trip.slow_call=1s"],
        ["trip.failures"]
      ),
      (
        "half_open: {successes: 1}", ["half_open.failure_rate=5%", "half_open.probes=2"], ["half_open.failure_rate"]
      ),
      (
        "trip: {failures: 3}", ["trip.failures=off", "trip.consecutive_failures=off"],
        [
          "trip.consecutive_failures", "trip.failures",
        ]
      ),
      // No one of them helps by itself.
      (
        "open: {duration: 1m}", ["open.max_duration=10s", "half_open.max_lease=1s", "lump=1s"],
        ["open.max_duration", "half_open.max_lease", "lump"]
      ),
    ] as [(String, [String], [String])])
  func theOverridesToTakeBackAreThoseThatContradict(_ keys: String, _ words: [String], _ culprits: [String]) throws {
    let rule = try load("breakers: [{match: x, \(keys)}]").rule("x")
    let overrides = try PolicySettings(words)
    let error = try #require(throws: SettingError.self) { try rule.policy(overriddenBy: overrides) }
    #expect(Set(rule.culprits(among: overrides, error).map(\.rawValue)) == Set(culprits), "\(error)")
  }

  @Test func ownersAndReportersAreThoseOfTheEntryElseOfTheDefaults() throws {
    let configuration = try load(Self.text)
    #expect(configuration.rule("pay-1").owner == "payments")
    #expect(configuration.rule("pay-1").reporters == Accounts(users: ["www-data"], groups: ["33"]))
    #expect(configuration.rule("mail").owner == "everybody")
    #expect(configuration.rule("mail").reporters == nil)
    #expect(configuration.rule("x").owner == "everybody")
    #expect(configuration.rule("x").runbook == nil)
    #expect(configuration.rule("mail").location == FileLocation(file: "f.yaml", line: 12, column: 5))
  }

  @Test func offTakesAwayWhatTheDefaultsSayOfAnEntry() throws {
    let configuration = try load(
      """
      defaults:
        preset: pybreaker
        owner: ops
        runbook: wiki
        reporters: {users: [www-data]}
        open: {jitter: 5%}
      breakers:
      - {match: a, owner: off, runbook: "off", reporters: off}
      - {match: b, preset: off}
      """)
    let (a, b) = (configuration.rule("a"), configuration.rule("b"))
    #expect(a.owner == nil && a.runbook == nil && a.reporters == nil)
    #expect(try a.shown(.openDuration) == "1m from preset pybreaker")
    #expect(b.owner == "ops" && b.runbook == "wiki" && b.reporters == Accounts(users: ["www-data"]))
    #expect(try b.shown(.openDuration) == "5s from built-in")
    #expect(try b.shown(.openJitter) == "5% from defaults (f.yaml:6:10)")
    #expect(try load("defaults: {owner: off, preset: off, reporters: off}").defaults.owner == nil)
  }

  @Test(arguments: ["", " {}", " ~"])
  func accountsOfWhichNothingIsWrittenAreNotSaid(_ nothing: String) throws {
    let configuration = try load(
      """
      daemon:
        admins:\(nothing)
      defaults: {reporters: {users: [www-data]}}
      breakers:
      - match: a
        reporters:\(nothing)
      """)
    #expect(configuration.daemon.admins == DaemonSettings().admins)
    #expect(configuration.rule("a").reporters == Accounts(users: ["www-data"]))
    #expect(try load("defaults:\n  reporters:\(nothing)").defaults.reporters == nil)
  }

  @Test func theLastDefaultOfTheCommandLineCounts() throws {
    let configuration = try load("", defaults: [("open.duration", "1s"), ("open.duration", "2s")])
    #expect(configuration.defaults.policy.open.duration == .seconds(2))
  }

  @Test(arguments: [
    ("trip.treshold", "5", "--default: unknown key 'trip.treshold', "),
    ("open.max_duration", "1s", "--default: open.max_duration: 1s is less than open.duration, 5s"),
    ("trip.consecutive_failures", "off", "--default: trip: the breaker could never open"),
  ])
  func aWrongDefaultIsNoPlaceOfTheFile(_ key: String, _ value: String, _ problem: String) {
    let error = #expect(throws: ConfigurationError.self) { try load("", defaults: [(key, value)]) }
    #expect(error?.problems.count == 1)
    #expect(error?.description.hasPrefix(problem) == true, "\(String(describing: error))")
  }

  @Test func quotesChangeNothing() throws {
    let plain = try load("defaults: {open: {duration: 7s}, trip_on_success: true, trip: {failures: off}}")
    let quoted = try load(
      "\"defaults\": {'open': {duration: '7s'}, trip_on_success: \"true\", trip: {failures: \"off\"}}")
    #expect(Parts(plain.defaults.policy) == Parts(quoted.defaults.policy))
    #expect(plain.defaults.policy.open.duration == .seconds(7) && plain.defaults.policy.trip.onSuccess)
  }

  @Test func aBlockThatIsOffLeavesTheBuiltInValues() throws {
    let defaults = "defaults: {concurrency: {limit: 3}, ramp: {duration: 1m}, open: {duration: 9s}}\n"
    let policy = try load(
      defaults + "breakers: [{match: x, concurrency: off, ramp: \"off\", open: {duration: off}}]"
    ).rule("x").policy
    #expect(policy.calls == Policy.Calls() && policy.ramp == nil && policy.open.duration == .seconds(5))
  }

  @Test func theWindowIsAWordOrABlock() throws {
    #expect(try load("defaults: {trip: {failures: 3, window: none}}").defaults.policy.trip.window == .generation)
    #expect(
      try load("defaults: {trip: {failures: 3, window: {time: 30s}}}").defaults.policy.trip.window
        == .time(bucket: .seconds(3), buckets: 10))
    let defaults =
      "defaults: {trip: {failures: 3, window: {calls: 9}}, shadow: {trip: {failures: 3, window: {calls: 9}}}}\n"
    let off = try load(
      defaults + "breakers: [{match: x, trip: {window: off}, shadow: {trip: {window: off}}}]")
    let minute = Policy.WindowShape.time(bucket: .seconds(6), buckets: 10)
    #expect(off.defaults.policy.trip.window == .calls(9) && off.defaults.policy.shadow?.window == .calls(9))
    #expect(off.rule("x").policy.trip.window == minute && off.rule("x").policy.shadow?.window == minute)
  }

  @Test func entriesThatNothingReachesAreAWarning() throws {
    let configuration = try load(
      """
      breakers:
      - match: a
      - match: "pay-*"
      - match: pay-eu
      - match: "pay-??-*"
      - match: "*"
      - match: b
      """)
    #expect(
      configuration.warnings.map(\.description) == [
        "f.yaml:4:3: \"pay-eu\" is never reached: \"pay-*\" at f.yaml:3:3 matches all its names; put it before that",
        "f.yaml:5:3: \"pay-??-*\" is never reached: \"pay-*\" at f.yaml:3:3 matches all its names; put it before that",
        "f.yaml:7:3: \"b\" is never reached: \"*\" at f.yaml:6:3 matches all its names; put it before that",
      ])
    #expect(configuration.rule("pay-eu").pattern == "pay-*")
  }

  @Test func keysThatChangeNothingAreTold() throws {
    let configuration = try load(
      """
      defaults: {concurrency: {lease: 30s}, check: {attempts: 3}}
      breakers:
      - match: a
        overdue: 45s
      - match: b
        overdue: 20s
        check: {interval: 1s}
      - match: c
        recovery: check
      - match: d
        preset: article
        recovery: traffic
      - match: e
        lump: 5s
        trip: {failures: 4, consecutive_failures: 5, window: {time: 10s}}
      """)
    let lease =
      "f.yaml:4:3: overdue changes nothing: calls are watched for concurrency.lease, 30s, which is shorter than"
    let expected = [
      "\(lease) overdue, 45s, unless they ask for a longer lease; give concurrency.lease=45s or more",
      "f.yaml:7:11: check.interval changes nothing: recovery is traffic; give recovery=check too",
      "f.yaml:11:3: check.interval changes nothing: recovery is traffic; give recovery=check too",
      "f.yaml:15:10: trip.failures never holds: it asks for 4 failures in trip.window.time=10s, where lump=5s lets at most 2 "
        + "count; ask for less, or write lump=3333.333ms or less",
    ]
    #expect(configuration.warnings.map(\.description) == expected)
    // Entries might have had what makes keys of the defaults worth something.
    let alone = try load("defaults: {concurrency: {lease: 30s}, check: {attempts: 3}}").warnings
    #expect(
      alone.map(\.description) == [
        "f.yaml:1:26: concurrency.lease changes nothing: there is neither concurrency.limit nor overdue beside it",
        "f.yaml:1:47: check.attempts changes nothing: recovery is traffic; give recovery=check too",
      ])
    let window = try load(
      "defaults: {lump: 3s, trip: {failures: 5, slow_rate: 50%, slow_call: 1s}}\nbreakers: [{match: a, trip: {window: {time: 5s}}}]"
    )
    #expect(window.warnings.count == 1 && window.warnings[0].description.contains("f.yaml:2:"), "\(window.warnings)")
  }

  @Test func theDaemonsOwnSettings() throws {
    let daemon = try load("daemon: {max_breakers: 7, max_connections: 8, admins: {groups: [adm], users: [\"1000\"]}}")
      .daemon
    #expect(daemon.maxBreakers == 7 && daemon.maxConnections == 8)
    #expect(daemon.admins == Accounts(users: ["1000"], groups: ["adm"]))
  }
}
