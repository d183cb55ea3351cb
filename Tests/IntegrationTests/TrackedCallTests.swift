import Glibc
import Testing

/// Limits, overdue calls, probers and shadows, with a real daemon.
@Suite(.offThePool) struct TrackedCallTests {
  @Test func `a limit holds for all connections and frees slots with them`() throws {
    let daemon = try DaemonProcess(["--default", "concurrency.limit=2", "--default", "concurrency.lease=60s"])
    let other = try daemon.client()
    do {
      let holder = try daemon.client()
      #expect(try holder.ask("hello 1 bound=yes").hasPrefix("+ok "))
      let first = try holder.ask("allow api")
      #expect(first.hasPrefix("+allow closed ") && first.hasSuffix(".1 lease_ms=60000"), "\(first)")
      #expect(try other.ask("allow api").hasSuffix(".2 lease_ms=60000"))
      #expect(try other.ask("allow api") == "+deny saturated")
      #expect(try other.ask("report api ok") == "+ok closed")
      #expect(try other.ask("allow api").hasPrefix("+allow closed "))
      #expect(try other.ask("allow api") == "+deny saturated")
    }
    #expect(try eventually { try other.ask("allow api").hasPrefix("+allow closed ") })
    let figures = try daemon.admin().table("show api")
    #expect(figures["calls_out"] == "2" && figures["failed"] == "0", "\(figures)")
  }

  @Test func `calls that hang open the breaker by the timer and are explained`() throws {
    let daemon = try DaemonProcess(["--default", "overdue=50ms", "--default", "trip.consecutive_failures=2"])
    let client = try daemon.client()
    #expect(try client.ask("hello 1 name=web-3").hasPrefix("+ok "))
    for _ in 0..<2 { #expect(try client.ask("allow api").hasPrefix("+allow closed ")) }
    #expect(try eventually { try client.ask("state api").hasPrefix("+ok open ") })
    let why = try client.list("why api").rows.filter { $0.contains("event=failure") }
    #expect(why.count == 2 && why.allSatisfy { $0.contains("client=web-3") && $0.contains("err=overdue") }, "\(why)")
    #expect(try client.ask("report api ok") == "+ok stale")
  }

  @Test func `what a deadline brings is told of its time however late the daemon gets to it`() throws {
    let daemon = try DaemonProcess([
      "--default", "overdue=100ms", "--default", "trip.consecutive_failures=1", "--default", "open.duration=60s",
      "--default", "open.jitter=0%",
    ])
    let client = try daemon.client()
    #expect(try client.ask("allow api").hasPrefix("+allow closed "))
    daemon.child.kill(SIGSTOP)
    let slept = eventually(within: .milliseconds(1_200)) { false }
    #expect(!slept)
    daemon.child.kill(SIGCONT)
    // The retry time is counted from the time at which the call was overdue; so is the age of the failure.
    let state = fields(try client.ask("state api"))
    #expect((Int(state["retry_ms"] ?? "") ?? .max) <= 59_000, "\(state)")
    let why = try client.list("why api").rows.map { fields($0) }
    let ages = why.filter { $0["event"] == "failure" }.compactMap { $0["age_ms"].flatMap { Int($0) } }
    #expect(ages.count == 1 && ages[0] >= 1_000, "\(why)")
    let trip = why.first { $0["event"] == "trip" || $0["to"] == "open" }
    #expect(trip?["at"].map { $0 <= (why.first { $0["event"] == "failure" }?["at"] ?? "") } == true, "\(why)")
  }

  @Test func `a prober decides while it is connected`() throws {
    let daemon = try DaemonProcess([
      "--default", "recovery=check", "--default", "check.interval=200ms", "--default", "check.attempts=2",
      "--default", "check.latch=true", "--default", "trip.consecutive_failures=1",
    ])
    let client = try daemon.client()
    let prober = try daemon.client()
    #expect(try prober.ask("hello 1 bound=yes prober=yes").hasPrefix("+ok "))
    #expect(try client.ask("report api fail").hasPrefix("+ok half-open"))
    #expect(try client.ask("allow api").hasPrefix("+deny half-open retry_ms="))
    for _ in 0..<2 {
      #expect(try eventually { try prober.ask("allow api").hasPrefix("+allow half-open ") })
      #expect(try prober.ask("report api fail").hasPrefix("+ok "))
    }
    #expect(try client.ask("allow api") == "+deny open")
    let shown = try client.table("show api")
    #expect(shown["cause"] == "checks_failed" && shown["cause.attempts"] == "2", "\(shown)")
    #expect(try client.ask("health").hasPrefix("+ok healthy"))
    #expect(try client.ask("sync") == "+ok")
    let alerts = try client.list("events api").rows.filter { $0.contains("event=alert") }
    #expect(alerts.count == 1 && alerts[0].hasSuffix("cause=checks_failed attempts=2"), "\(alerts)")
    let told = [
      " warning transition name=api cause=consecutive_failures from=closed ",
      " error alert: no check has succeeded name=api attempts=2 latch=yes",
    ]
    #expect(eventually { told.allSatisfy(daemon.errors.contains) }, "\(daemon.errors)")
  }

  @Test func `an alert is told once until the breaker closes`() throws {
    let daemon = try DaemonProcess([
      "--default", "recovery=check", "--default", "check.interval=1ms", "--default", "check.attempts=1",
      "--default", "open.max_duration=1ms", "--default", "open.duration=1ms", "--default",
      "trip.consecutive_failures=1",
    ])
    let prober = try daemon.client()
    #expect(try prober.ask("hello 1 prober=yes").hasPrefix("+ok "))
    for outcome in ["fail", "fail", "ok", "fail", "ok"] {
      if try prober.ask("state api") == "+ok closed" || outcome == "fail" { _ = try prober.ask("report api fail") }
      #expect(try eventually { try prober.ask("allow api").hasPrefix("+allow half-open ") })
      _ = try prober.ask("report api \(outcome)")
    }
    #expect(try prober.ask("sync") == "+ok")
    let rows = try prober.list("events api").rows
    #expect(rows.count { $0.contains("event=alert") } == 2, "\(rows)")
    #expect(rows.count { $0.contains("cause=checks_failed") && $0.contains("event=transition") } == 3, "\(rows)")
  }

  @Test func `an alert is told once however many attempts are allowed meanwhile`() throws {
    let options = [
      "--default", "recovery=check", "--default", "check.interval=1ms", "--default", "check.attempts=4",
      "--default", "open.max_duration=1ms", "--default", "open.duration=1ms", "--default",
      "trip.consecutive_failures=1",
    ]
    func fail(_ prober: LineClient) throws -> String {
      #expect(try eventually { try prober.ask("allow api").hasPrefix("+allow half-open ") })
      return try prober.ask("report api fail")
    }
    func alerts(_ client: LineClient) throws -> Int {
      #expect(try client.ask("sync") == "+ok")
      return try client.list("events api").rows.count { $0.contains("event=alert") }
    }
    let first = try DaemonProcess(options)
    let prober = try first.admin()
    #expect(try prober.ask("hello 1 prober=yes").hasPrefix("+ok "))
    #expect(try prober.ask("report api fail").hasPrefix("+ok half-open"))
    for _ in 0..<2 { #expect(try fail(prober) == "+ok half-open") }
    #expect(try prober.ask("set api check.attempts=2") == "+ok 1")
    #expect(try alerts(prober) == 0)
    #expect(try fail(prober).hasPrefix("+ok open"))
    #expect(try alerts(prober) == 1)
    #expect(try prober.ask("set api check.attempts=5") == "+ok 1")
    first.kill()
    let next = try DaemonProcess(options, in: first.scratch)
    let other = try next.admin()
    #expect(try other.ask("hello 1 prober=yes").hasPrefix("+ok "))
    #expect(try fail(other) == "+ok half-open")
    #expect(try fail(other).hasPrefix("+ok open"))
    #expect(try alerts(other) == 1)
  }

  @Test func `health says that a prober has gone when callers take its place`() throws {
    let daemon = try DaemonProcess([
      "--default", "recovery=check", "--default", "check.interval=10m", "--default", "trip.consecutive_failures=1",
    ])
    let client = try daemon.client()
    do {
      let prober = try daemon.client()
      #expect(try prober.ask("hello 1 prober=yes").hasPrefix("+ok "))
      #expect(try client.ask("report api fail").hasPrefix("+ok half-open"))
      #expect(try client.ask("allow api").hasPrefix("+deny half-open "))
      #expect(try client.ask("health").hasPrefix("+ok healthy "))
    }
    #expect(try eventually { try client.ask("allow api").hasPrefix("+allow half-open ") })
    #expect(try client.ask("health").contains("reason=no_prober"))
  }

  @Test func `without a prober traffic decides and health says so`() throws {
    let daemon = try DaemonProcess([
      "--default", "recovery=check", "--default", "open.duration=20ms", "--default", "trip.consecutive_failures=1",
    ])
    let client = try daemon.client()
    #expect(try client.ask("report api fail").hasPrefix("+ok open "))
    #expect(try client.ask("health").contains("reason=no_prober"))
    #expect(try eventually { try client.ask("allow api").hasPrefix("+allow half-open ") })
    #expect(try client.ask("report api ok").hasPrefix("+ok closed"))
    do {
      let prober = try daemon.client()
      #expect(try prober.ask("hello 1 prober=yes").hasPrefix("+ok "))
      #expect(try client.ask("health").hasPrefix("+ok healthy"))
    }
    // Nor is one missed where nothing is to be checked any more.
    #expect(try eventually { try daemon.admin().table("stats")["connections"] == "2" })
    for name in ["api", "db"] { #expect(try client.ask("report \(name) fail").hasPrefix("+ok open ")) }
    #expect(try daemon.admin().ask("forget db") == "+ok 1")
    #expect(try client.ask("health").contains("reason=no_prober"))
    #expect(try daemon.admin().ask("set api recovery=traffic") == "+ok 1")
    #expect(try client.ask("health").hasPrefix("+ok healthy"))
  }

  @Test func `rules that come and go all the time do not fill the history`() throws {
    let daemon = try DaemonProcess(["--default", "shadow.trip.consecutive_failures=1"])
    let client = try daemon.client()
    let flaps = 200
    try client.send(String(repeating: "report api fail quiet\nreport api ok quiet\n", count: flaps))
    #expect(try client.ask("sync") == "+ok")
    let told = try client.list("events api").rows.filter { $0.contains("event=would_trip") }
    #expect(16...flaps / 2 ~= told.count, "\(told.count)")
    let why = try client.list("why api").rows.filter { $0.contains("event=would_trip") }
    #expect(why.count == 1 && fields(why[0])["times"] == "\(flaps)", "\(why)")
    let shown = try ControlTool(daemon)("shadow", "api", "--json").object
    #expect((shown["shadow"] as? [String: Any])?["trips"] as? Int == flaps, "\(shown)")
    // What the rules that decide would do, while the breaker is observed, is told all the same.
    #expect(try daemon.admin().ask("force api observe") == "+ok 1")
    for _ in 0..<5 { #expect(try client.ask("report api fail") == "+ok observe") }
    #expect(try client.ask("sync") == "+ok")
    #expect(
      try client.list("events api").rows.contains { $0.contains("event=would_trip") && !$0.contains("by=shadow") })
  }

  @Test func `a ramp refuses a share of the calls`() throws {
    let daemon = try DaemonProcess([
      "--default", "ramp.duration=1h", "--default", "ramp.start=50%", "--default", "trip.consecutive_failures=1",
    ])
    let client = try daemon.client()
    let admin = try daemon.admin()
    #expect(try admin.ask("force api open") == "+ok 1")
    #expect(try admin.ask("release api") == "+ok 1")
    #expect(try client.ask("allow api").hasPrefix("+allow half-open "))
    #expect(try client.ask("report api ok").hasPrefix("+ok closed"))
    var passed = 0
    for _ in 0..<1_000 {
      let reply = try client.ask("allow api")
      if reply.hasPrefix("+allow closed ") { passed += 1 } else { #expect(reply.hasPrefix("+deny ramp retry_ms=")) }
    }
    #expect((400...600).contains(passed), "\(passed) of 1,000")
  }

  @Test func `a shadow tells and decides nothing`() throws {
    let daemon = try DaemonProcess(["--default", "shadow.trip.consecutive_failures=2"])
    let client = try daemon.client()
    for _ in 0..<3 { #expect(try client.ask("report api fail") == "+ok closed") }
    #expect(try client.ask("sync") == "+ok")
    let events = try client.list("events api").rows
    #expect(events.count == 1, "\(events)")
    #expect(events.first?.contains("event=would_trip cause=consecutive_failures") == true, "\(events)")
    #expect(events.first?.contains("by=shadow") == true, "\(events)")
    let why = try client.list("why api").rows.filter { $0.contains("event=would_trip") }
    #expect(
      why.count == 1 && why[0].hasSuffix(" cause=consecutive_failures run=2 threshold=2 by=shadow times=1"), "\(why)")
    let shown = try client.table("show api")
    #expect(shown["shadow.run"] == "3" && shown["run"] == "3", "\(shown)")
  }
}
