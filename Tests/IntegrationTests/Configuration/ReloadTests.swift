import Foundation
import Glibc
import Testing

/// The configuration is replaced while the daemon runs: as a whole or not at all, and nothing is forgotten.
@Suite(.offThePool) struct ReloadTests {
  private static let first = """
    defaults: {open: {duration: 60s, jitter: 0%}}
    breakers:
      - {match: "pay-*", trip: {consecutive_failures: 3}, owner: payments}
    """
  private static let second = """
    defaults: {open: {duration: 30s, jitter: 0%}}
    breakers:
      - {match: "pay-*", trip: {consecutive_failures: 10}, owner: money, runbook: "https://wiki.example/pay"}
      - {match: search, trip: {consecutive_failures: 1}}
    """

  @Test func newRulesHoldAndWhatHasHappenedStays() throws {
    let daemon = try ConfiguredDaemon(Self.first)
    let admin = try daemon.process.admin()
    for _ in 0..<3 { _ = try admin.ask("report pay-open fail") }
    for _ in 0..<2 { _ = try admin.ask("report pay-counted fail") }
    #expect(try admin.ask("report search ok") == "+ok closed")
    #expect(try admin.ask("set pay-set open.duration=9s") == "+ok 1")
    #expect(try admin.ask("force pay-forced open") == "+ok 1")
    let token = try admin.ask("allow pay-counted").split(separator: " ").last ?? ""
    try daemon.write(Self.second)
    #expect(try admin.ask("reload why=new%20limits") == "+ok 5")

    let open = fields(try admin.ask("state pay-open"))
    #expect((50_001...60_000).contains(Int(open["retry_ms"] ?? "") ?? 0), "\(open)")
    #expect(try admin.ask("state pay-forced") == "+ok forced-open")
    var shown = try admin.table("show pay-counted")
    #expect(shown["run"] == "2" && shown["failed"] == "2" && shown["policy.trip.consecutive_failures"] == "10")
    #expect(shown["owner"] == "money" && shown["runbook"] == "https://wiki.example/pay" && shown["rule"] == "pay-*")
    #expect(shown["rule_at"]?.hasSuffix("/breakerd.yaml:3:5") == true, "\(shown)")
    shown = try admin.table("show pay-set")
    #expect(shown["set.open.duration"] == "9s" && shown["policy.open.duration"] == "9s")
    #expect(shown["policy.trip.consecutive_failures"] == "10")
    #expect(try admin.list("list pay-open").rows.first?.contains(" owner=money") == true)
    // A call of before counts as it would have.
    #expect(try admin.ask("report pay-counted fail \(token)") == "+ok closed")
    #expect(try admin.ask("report search fail").hasPrefix("+ok open"))
    let event = try #require(Lives.events(admin).last { $0["event"] == "reload" })
    #expect(event["name"] == "*" && event["uid"] == "\(getuid())" && event["why"] == "new%20limits", "\(event)")
    #expect(event["pid"] == "\(getpid())" && event["rules"] == "2")
    // Nothing is new now.
    #expect(try admin.ask("reload") == "+ok 0")
  }

  @Test func manyBreakersFollowAndTheirOverridesSurviveARestart() throws {
    let daemon = try ConfiguredDaemon(Self.first, ["--log-level", "error"])
    let admin = try daemon.process.admin()
    let count = 5_000
    try admin.send((0..<count).map { "report pay-\($0) fail quiet\n" }.joined())
    #expect(try admin.ask("set pay-7 trip.consecutive_failures=2") == "+ok 1")
    #expect(try daemon.reload(Self.second) == "+ok \(count)")
    #expect(try admin.table("show pay-7")["policy.trip.consecutive_failures"] == "2")
    #expect(try admin.ask("report pay-7 fail").hasPrefix("+ok open"))
    #expect(try admin.table("show pay-8")["policy.trip.consecutive_failures"] == "10")
    #expect(daemon.process.stop() == .exit(0))
    let next = try ConfiguredDaemon(Self.first, in: daemon.process.scratch)
    let client = try next.process.client()
    let shown = try client.table("show pay-7")
    #expect(shown["state"] == "open" && shown["policy.trip.consecutive_failures"] == "2")
    #expect(try client.table("show pay-8")["run"] == "1")
    #expect(try client.table("show pay-8")["policy.trip.consecutive_failures"] == "3")
  }

  @Test(arguments: [
    ("defaults: {open: {duratoin: 1s}}", ":1:19: unknown key"), ("breakers: {", ":"), ("[]", ":1:1"),
    ("defaults: {trip: {consecutive_failures: off}}", "could never open"),
  ])
  func aBadFileChangesNothing(_ text: String, _ message: String) throws {
    let daemon = try ConfiguredDaemon(Self.first)
    #expect(try daemon.process.client().ask("allow pay-a").hasPrefix("+allow closed"))
    let reply = try daemon.reload(text)
    #expect(reply.hasPrefix("-BAD_ARGUMENT nothing was changed: ") && reply.contains(message), "\(reply)")
    #expect(try daemon.policy("pay-a")["trip.consecutive_failures"]?.value == "3")
    #expect(eventually { daemon.process.errors.contains("configuration refused, nothing was changed") })
    #expect(daemon.process.isWell)
    #expect(try daemon.reload(Self.second) == "+ok 1")
    #expect(try daemon.policy("pay-a")["trip.consecutive_failures"]?.value == "10")
  }

  /// One file is right and the other has two errors: not even the right one is followed.
  @Test func aSetThatIsHalfBadChangesNothing() throws {
    let daemon = try ConfiguredDaemon(Self.first)
    let directory = daemon.process.scratch.file("conf.d")
    #expect(mkdir(directory, 0o755) == 0)
    try daemon.write("breakers: [{match: a, owner: a}]", to: "conf.d/10.yaml")
    try daemon.write(
      "breakers: [{match: b, owner: b, wrong: 1}, {match: c, open: {duration: 5}}]", to: "conf.d/20.yaml")
    let reply = try daemon.reload(Self.second)
    #expect(reply.contains("conf.d/20.yaml:1:") && reply.hasSuffix(" (and 1 more, see the log)"), "\(reply)")
    let problems = { daemon.process.errors.split(separator: "\n").filter { $0.contains("configuration problem=") } }
    #expect(eventually { problems().count == 2 }, "\(daemon.process.errors)")
    #expect(try daemon.policy("search")["trip.consecutive_failures"]?.value == "5")
    #expect(try daemon.process.admin().table("stats")["reloads_failed_total"] == "1")
    try daemon.write("breakers: [{match: b, owner: b}]", to: "conf.d/20.yaml")
    #expect(try daemon.process.admin().ask("reload").hasPrefix("+ok "))
    #expect(try daemon.policy("search")["trip.consecutive_failures"]?.value == "1")
    #expect(try daemon.process.admin().table("stats")["rules"] == "4")
  }

  @Test func theSameHappensOnSIGHUP() throws {
    let daemon = try ConfiguredDaemon(Self.first)
    try daemon.write(Self.second)
    daemon.process.child.kill(SIGHUP)
    #expect(eventually { (try? daemon.policy("search"))?["trip.consecutive_failures"]?.value == "1" })
    let event = try #require(Lives.events(daemon.process.admin()).last { $0["event"] == "reload" })
    #expect(event["uid"] == "\(getuid())" && event["pid"] == "\(daemon.process.pid)" && event["why"] == "SIGHUP")
    try daemon.write("nonsense: 1")
    daemon.process.child.kill(SIGHUP)
    #expect(eventually { daemon.process.errors.contains("configuration refused") })
    #expect(eventually { daemon.process.errors.contains("breakerd.yaml:1:1: unknown key") })
    #expect(daemon.process.isWell)
    try daemon.write(Self.first)
    for _ in 0..<50 { daemon.process.child.kill(SIGHUP) }
    #expect(eventually { (try? daemon.policy("search"))?["trip.consecutive_failures"]?.value == "5" })
    #expect(daemon.process.stop() == .exit(0))
  }

  @Test func manyAtOnceAreDoneOneAfterTheOther() throws {
    let daemon = try ConfiguredDaemon(Self.first)
    let admin = try daemon.process.admin()
    try admin.send((0..<2_000).map { "report pay-\($0) ok quiet\n" }.joined())
    #expect(try admin.ask("ping") == "+ok pong")
    try onThreads(6) { number in
      let admin = try daemon.process.admin()
      for _ in 0..<5 {
        let reply = number < 2 ? try daemon.reload(number == 0 ? Self.first : Self.second) : try admin.ask("reload")
        // Two write the file, and one may find it half written.
        #expect(reply.hasPrefix("+ok ") || reply.hasPrefix("-BAD_ARGUMENT "), "\(reply)")
      }
    }
    _ = try daemon.reload(Self.first)
    #expect(try daemon.reload(Self.second).hasPrefix("+ok 2000"))
    #expect(try daemon.policy("pay-1999")["trip.consecutive_failures"]?.value == "10")
    #expect(try Int(admin.table("stats")["reloads_total"] ?? "") ?? 0 > 2)
  }

  /// Patterns with wildcards at both ends have to be tried one by one.
  @Test func noDecisionWaitsWhilePatternsAreTried() throws {
    func rules(_ failures: Int) -> String {
      "defaults: {trip: {consecutive_failures: \(failures)}}\nbreakers:\n"
        + (0..<3_000).map { "  - {match: \"*-\($0)-*\"}\n" }.joined()
    }
    let daemon = try ConfiguredDaemon(rules(3))
    let (admin, client) = (try daemon.process.admin(), try daemon.process.client())
    let count = 300
    for number in 0..<count { #expect(try admin.ask("report x-none-\(number) ok") == "+ok closed") }
    try daemon.write(rules(4))
    var longest = Duration.zero
    try admin.send("reload\n")
    while try !admin.hasLine(within: .zero) {
      longest = max(longest, try ContinuousClock().measure { _ = try client.ask("state x-none-0") })
    }
    #expect(try admin.line() == "+ok \(count)")
    #expect(longest < .milliseconds(500), "\(longest)")
  }

  // MARK: Overrides

  private static let longer = "defaults: {open: {duration: 20s}}"

  @Test func rulesThatAnOverrideContradictsAreRefused() throws {
    let daemon = try ConfiguredDaemon("defaults: {open: {duration: 5s}}")
    let admin = try daemon.process.admin()
    #expect(try admin.ask("set api open.max_duration=10s") == "+ok 1")
    #expect(try admin.ask("set db open.duration=10s") == "+ok 1")
    let reply = try daemon.reload(Self.longer)
    #expect(reply.hasPrefix("-BAD_ARGUMENT nothing was changed: api: "), "\(reply)")
    #expect(reply.contains("open.max_duration: ") && reply.contains("'unset api open.max_duration'"), "\(reply)")
    #expect(try daemon.policy("new")["open.duration"]?.value == "5s")
    #expect(try admin.ask("unset api open.max_duration") == "+ok 1")
    #expect(try admin.ask("reload") == "+ok 1")
    #expect(try daemon.policy("new")["open.duration"]?.value == "20s")
  }

  /// At the start there is nobody to ask: the daemon serves, without the override, and says so.
  @Test func anOverrideThatContradictsTheRulesAtTheStartHasNoEffect() throws {
    let daemon = try ConfiguredDaemon("defaults: {open: {duration: 5s}}")
    #expect(try daemon.process.admin().ask("set api open.max_duration=10s trip.consecutive_failures=2") == "+ok 1")
    #expect(try daemon.process.admin().ask("set db trip.consecutive_failures=2") == "+ok 1")
    #expect(daemon.process.stop() == .exit(0))
    let next = try ConfiguredDaemon(Self.longer, in: daemon.process.scratch)
    let admin = try next.process.admin()
    #expect(next.process.health.hasPrefix("+ok degraded reason=overrides_without_effect "), "\(next.process.health)")
    #expect(eventually { next.process.errors.contains("overrides without effect") })
    let shown = try admin.table("show api")
    #expect(shown["set.open.max_duration"] == "10s" && shown["set_without_effect"] == "yes", "\(shown)")
    #expect(shown["policy.trip.consecutive_failures"] == "5" && shown["policy.open.duration"] == "20s")
    #expect(try admin.table("show db")["policy.trip.consecutive_failures"] == "2")
    let rows = try admin.list("policy api").rows.filter { $0.contains("without%20effect") }
    #expect(rows.count == 2, "\(rows)")
    // What is without effect already keeps no other rule from being followed.
    #expect(try next.reload(Self.longer + "\nbreakers: [{match: other, owner: o}]") == "+ok 0")
    #expect(try admin.ask("unset api open.max_duration") == "+ok 1")
    #expect(next.process.health.hasPrefix("+ok healthy"), "\(next.process.health)")
    #expect(try admin.table("show api")["policy.trip.consecutive_failures"] == "2")
  }

  // MARK: The daemon's own settings

  @Test func limitsHoldAtOnce() throws {
    let daemon = try ConfiguredDaemon("daemon: {max_breakers: 2, max_connections: 5}")
    let admin = try daemon.process.admin()
    func names(_ names: String...) throws -> [String] { try names.map { try admin.ask("allow \($0)") } }
    #expect(try names("a", "b").allSatisfy { $0.hasPrefix("+allow closed") })
    #expect(try names("c") == ["+allow unmanaged"])
    #expect(try admin.table("stats")["connections_limit"] == "5")
    #expect(try daemon.reload("daemon: {max_breakers: 3, max_connections: 6}") == "+ok 0")
    #expect(try names("c")[0].hasPrefix("+allow closed"))
    #expect(try names("d") == ["+allow unmanaged"])
    #expect(try admin.table("stats")["connections_limit"] == "6")
    #expect(try daemon.reload("daemon: {max_breakers: 1}") == "+ok 0")
    #expect(try names("a", "b", "c").allSatisfy { $0.hasPrefix("+allow closed") })
    #expect(daemon.process.health.contains("reason=breakers_full"))
  }

  @Test func aFileThatIsBadAtTheStartKeepsItFromStarting() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write("c.yaml", "defaults: {open: {duration: never, backoff: 0}}")
    let daemon = try Command([DaemonProcess.program, "--config", file] + DaemonProcess.paths(in: scratch))
    #expect(daemon.ending == .exit(78))
    #expect(daemon.error.contains("c.yaml:1:29: ") && daemon.error.contains("c.yaml:1:45: "), "\(daemon.error)")
    #expect(!FileFacts.exists(scratch.file("breakerd.sock")))
    let missing = try Command(
      [DaemonProcess.program, "--config", scratch.file("none")] + DaemonProcess.paths(in: scratch))
    #expect(missing.ending == .exit(78) && missing.error.contains(scratch.file("none")), "\(missing.error)")
  }

  // MARK: breakerctl

  @Test func breakerctlReloadsAndSaysWhatIsWrong() throws {
    let daemon = try ConfiguredDaemon(Self.first)
    let tool = ControlTool(daemon.process)
    #expect(try daemon.process.client().ask("allow pay-a").hasPrefix("+allow"))
    try daemon.write(Self.second)
    var run = try tool("reload", "--why", "at night")
    #expect(run.ending == .exit(0) && run.output == "1 breaker changed\n", "\(run)")
    try daemon.write("defaults: 7")
    run = try tool("reload")
    #expect(run.ending == .exit(78) && run.error.contains("breakerd.yaml:1:11: "), "\(run)")
    run = try ControlTool(socket: daemon.process.socket)("reload")
    #expect(run.ending == .exit(77), "\(run)")
  }
}
