import Glibc
import Testing

/// What admins do and see.
@Suite struct AdminVerbTests {
  @Test func `set overrides and unset takes back`() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    #expect(try admin.ask("set api trip.consecutive_failures=1 open.duration=60s why=a%20drill") == "+ok 1")
    var shown = try admin.table("show api")
    #expect(shown["policy.trip.consecutive_failures"] == "1" && shown["set.open.duration"] != nil, "\(shown)")
    #expect(try admin.ask("report api fail").hasPrefix("+ok open "))
    #expect(try admin.ask("report other fail") == "+ok closed")
    #expect(try admin.ask("unset api trip.consecutive_failures") == "+ok 1")
    #expect(try admin.ask("unset api trip.consecutive_failures") == "+ok 0")
    shown = try admin.table("show api")
    #expect(shown["policy.trip.consecutive_failures"] == "5" && shown["set.trip.consecutive_failures"] == nil)
    #expect(shown["state"] == "open", "a policy that changes keeps the state")
    #expect(try admin.ask("unset nobody open.duration").hasPrefix("-UNKNOWN_NAME "))
  }

  @Test func `a set that excludes an earlier one says how to take that back`() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    #expect(try admin.ask("set api half_open.successes=1") == "+ok 1")
    var reply = try admin.ask("set api half_open.calls=5 half_open.failure_rate=50%")
    #expect(
      reply.hasSuffix("keep one of them; take back what was set before with 'unset api half_open.successes'"),
      "\(reply)")
    #expect(try admin.ask("unset api half_open.successes") == "+ok 1")
    #expect(try admin.ask("set api half_open.calls=5 half_open.failure_rate=50%") == "+ok 1")
    reply = try admin.ask("set api half_open.successes=1")
    #expect(reply.hasSuffix("with 'unset api half_open.calls half_open.failure_rate'"), "\(reply)")
    reply = try admin.ask("set api trip.window.time=1m trip.window.calls=5")
    #expect(reply.hasSuffix("keep one of them"), "\(reply)")
    #expect(try admin.ask("set api ramp=off") == "+ok 1")
    #expect(try admin.ask("unset api ramp") == "+ok 1")
  }

  @Test(arguments: [
    "set api nonsense=1", "set api open.jitter=1% open.jitter=2%", "unset api open.jitter open.jitter",
    "set api trip.consecutive_failures=0", "set api open.duration=soon",
    "set api open.duration=10s open.max_duration=1s", "set api trip.consecutive_failures=off", "set api",
    "set api open.duration", "unset api open.duration=1s", "force api", "force api ajar",
    "force api open for=0s", "force api open for=-1s", "force api open for=1e9d", "loglevel loud", "loglevel",
    "reset", "reset a[b]", "release \u{FC}", "clients limit=0", "set api open.duration=9999999999d",
  ])
  func `what is wrong is refused and changes nothing`(_ request: String) throws {
    let daemon = try DaemonProcess(["--log-level", "critical"])
    let admin = try daemon.admin()
    let reply = try admin.ask("@t \(request)")
    #expect(reply.hasPrefix("-@t BAD_"), "\(reply)")
    #expect(try admin.list("list").rows == [])
  }

  @Test func `forces are shown changed and released`() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    #expect(try admin.ask("force api open for=1h why=maintenance") == "+ok 1")
    #expect(try admin.ask("state api").hasPrefix("+ok forced-open retry_ms=3"))
    #expect(try admin.ask("force api open") == "+ok 1")
    #expect(try admin.ask("state api") == "+ok forced-open")
    #expect(try admin.ask("force api observe") == "+ok 1")
    #expect(try admin.ask("allow api").hasPrefix("+allow observe "))
    #expect(try admin.ask("reset api") == "+ok 1")
    #expect(try admin.ask("state api") == "+ok closed")
    let lines = daemon.errors.split(separator: "\n").filter { $0.contains("name=api") }
    #expect(lines.first?.contains("why=maintenance") == true && lines.first?.contains("uid=\(getuid())") == true)
    #expect(lines.first?.contains("pid=\(getpid())") == true)
  }

  @Test func `help has a line for each verb`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    let all = try client.list("help").rows
    for row in all {
      let verb = row.split(separator: " ").first.map(String.init) ?? ""
      #expect(row.hasPrefix(" \(verb)") && row.contains(" - "), "\(row)")
      #expect(try client.list("help \(verb)").rows == [row])
    }
    let verbs = Set(all.compactMap { $0.split(separator: " ").first.map(String.init) })
    #expect(verbs.count == all.count)
    let promised = [
      "allow", "report", "denied", "hello", "ping", "quit", "help", "state", "show", "list", "stats", "health", "reset",
      "force", "release", "forget", "set", "unset", "clients", "loglevel",
    ]
    #expect(verbs.isSuperset(of: promised), "\(Set(promised).subtracting(verbs))")
    #expect(try client.ask("help nonsense").hasPrefix("-BAD_VERB "))
  }

  @Test func `stats and health tell of the daemon`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    #expect(try client.ask("report api fail") == "+ok closed")
    #expect(try client.ask("nonsense").hasPrefix("-"))
    let stats = try client.table("stats")
    #expect(stats["pid"] == "\(daemon.pid)" && stats["breakers"] == "1" && stats["errors_total"] == "1", "\(stats)")
    #expect(Int(stats["requests_total"] ?? "") ?? 0 >= 3)
    #expect(Int(stats["uptime_ms"] ?? "") ?? -1 >= 0)
    #expect(try client.ask("health").hasPrefix("+ok healthy breakers=1 "))
  }

  @Test func `show tells of the trip`() throws {
    let daemon = try DaemonProcess(["--default", "open.duration=60s"])
    let client = try daemon.client()
    #expect(try client.ask("show api").hasPrefix("-UNKNOWN_NAME "))
    for _ in 0..<5 { #expect(try client.ask("report api fail ms=12 err=timeout").hasPrefix("+ok ")) }
    let shown = try client.table("show api")
    #expect(shown["state"] == "open" && shown["from"] == "closed" && shown["cause"] == "consecutive_failures")
    #expect(shown["cause.run"] == "5" && shown["failed"] == "5" && shown["opened"] == "1", "\(shown)")
    #expect(Int(shown["retry_ms"] ?? "") ?? 0 > 0)
  }

  @Test func `only some verbs make a name`() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    for request in ["state api", "show api", "unset api open.duration"] {
      #expect(try admin.ask(request).hasPrefix("-UNKNOWN_NAME "), "\(request)")
    }
    for request in ["reset api", "release api", "forget api"] { #expect(try admin.ask(request) == "+ok 0") }
    #expect(try admin.ask("list") == "*0")
    for request in ["allow a", "report b ok", "denied c", "force d open", "set e open.duration=1s"] {
      #expect(try admin.ask(request).hasPrefix("+"), "\(request)")
    }
    #expect(Set(try admin.list("list").rows.compactMap { fields($0)["name"] }) == ["a", "b", "c", "d", "e"])
  }
}
