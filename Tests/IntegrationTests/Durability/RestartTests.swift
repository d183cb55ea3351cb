import BreakerStore
import Glibc
import Testing

/// What comes back after a restart, and how.
@Suite(.offThePool) struct RestartTests {
  private static let options = ["--default", "trip.consecutive_failures=1"]

  /// Ends a daemon, lets so much of the wall clock pass, as its rows see it, and starts another.
  private func restart(
    _ daemon: DaemonProcess, _ options: [String], by signal: CInt = SIGKILL, wallClock step: Duration = .zero
  ) throws -> DaemonProcess {
    // On a busy machine a report does not always wait long enough for the disk.
    #expect(try daemon.admin().ask("sync") == "+ok")
    _ = daemon.stop(signal)
    if step != .zero {
      let store = try Store(path: daemon.scratch.file("state.sqlite"))
      var rows: [BreakerRow] = []
      _ = try store.load { rows.append($0) }
      let span = step.components.seconds * 1_000_000
      for index in rows.indices {
        rows[index].sinceWall -= span
        if let until = rows[index].untilWall { rows[index].untilWall = until - span }
      }
      try store.commit(Batch(rows: rows))
      store.close()
    }
    return try DaemonProcess(options, in: daemon.scratch)
  }

  /// Nothing else has changed in the row.
  @Test func howOftenItRefusedOutlivesAnOrderlyEnd() throws {
    let options = Self.options + ["--default", "open.duration=60s"]
    let first = try DaemonProcess(options)
    #expect(try first.client().ask("report api fail").hasPrefix("+ok open"))
    let second = try restart(first, options, by: SIGTERM)
    let client = try second.client()
    for _ in 0..<100 { #expect(try client.ask("allow api").hasPrefix("+deny open")) }
    let third = try restart(second, options, by: SIGTERM)
    #expect(try third.client().table("show api")["refused"] == "100")
  }

  private func retry(_ reply: String) -> Int { fields(reply)["retry_ms"].flatMap { Int($0) } ?? -1 }

  @Test func anOpenOneKeepsItsRetryTime() throws {
    let options = Self.options + ["--default", "open.duration=60s", "--default", "open.jitter=0%"]
    let first = try DaemonProcess(options)
    #expect(try first.client().ask("report api fail").hasPrefix("+ok open"))
    let before = try retry(first.client().ask("state api"))
    let next = try restart(first, options)
    let after = try retry(next.client().ask("state api"))
    #expect(after <= before && after > before - 10_000, "\(after) after \(before)")
    #expect(try next.client().ask("allow api").hasPrefix("+deny open retry_ms="))
    #expect(try next.client().table("show api")["cause"] == "consecutive_failures")
  }

  @Test(arguments: [SIGTERM, SIGKILL])
  func anOpenOneWhoseTimeIsOverComesBackHalfOpenWithItsBackoff(_ signal: CInt) throws {
    let options =
      Self.options + [
        "--default", "open.duration=10s", "--default", "open.jitter=0%", "--default", "open.max_duration=1h",
      ]
    var daemon = try DaemonProcess(options)
    var permits: [String] = []
    for opening in 1...4 {
      let client = try daemon.client()
      if opening == 1 {
        #expect(try retry(client.ask("report api fail")) <= 10_000)
      } else {
        let reply = try client.ask("allow api")
        #expect(reply.hasPrefix("+allow half-open "), "\(reply)")
        for permit in permits { #expect(try client.ask("report api fail \(permit)") == "+ok stale") }
        let permit = String(reply.split(separator: " ")[2])
        permits.append(permit)
        let length = try retry(client.ask("report api fail \(permit)"))
        let expected = 10_000 << (opening - 1)
        #expect(length <= expected && length > expected - 1_000, "\(length)")
      }
      #expect(try client.table("show api")["openings_in_a_row"] == "\(opening)")
      daemon = try restart(daemon, options, by: signal, wallClock: .seconds(200))
      #expect(try daemon.client().ask("state api") == "+ok half-open")
      #expect(try daemon.client().table("show api")["permits_out"] == "0")
    }
  }

  /// The wall clock is set while the daemon is down: no deadline is further away than it was, and none is stuck.
  @Test(arguments: [3_600, -3_600, 31_536_000, -31_536_000])
  func theWallClockIsSetMeanwhile(_ seconds: Int) throws {
    let options = Self.options + ["--default", "open.duration=2s", "--default", "open.jitter=0%"]
    let first = try DaemonProcess(options)
    let admin = try first.admin()
    #expect(try admin.ask("report api fail").hasPrefix("+ok open"))
    #expect(try admin.ask("force blocked open for=2s") == "+ok 1")
    #expect(try admin.ask("force passed closed for=2s") == "+ok 1")
    #expect(try admin.ask("force kept open") == "+ok 1")
    let next = try restart(first, options, wallClock: .seconds(seconds))
    let client = try next.client()
    if seconds > 0 {
      #expect(try client.ask("state api") == "+ok half-open")
      #expect(try client.ask("state blocked") == "+ok half-open")
      #expect(try client.ask("state passed") == "+ok closed")
    } else {
      #expect((0...2_000).contains(try retry(client.ask("state api"))))
      #expect(try client.ask("state passed").hasPrefix("+ok forced-closed"))
      #expect(eventually { (try? client.ask("allow api"))?.hasPrefix("+allow half-open ") == true })
      #expect(eventually { (try? client.ask("state blocked")) == "+ok half-open" })
      #expect(eventually { (try? client.ask("state passed")) == "+ok closed" })
    }
    #expect(try client.ask("state kept") == "+ok forced-open")
  }

  @Test func aManualOneStaysOpenUntilAnAdminResetsIt() throws {
    let options = Self.options + ["--default", "recovery=manual"]
    let first = try DaemonProcess(options)
    #expect(try first.client().ask("report api fail").hasPrefix("+ok open"))
    let next = try restart(first, options, wallClock: .seconds(31_536_000))
    #expect(try next.client().ask("allow api") == "+deny open")
    #expect(try next.admin().ask("reset api") == "+ok 1")
    let last = try restart(next, options)
    #expect(try last.client().ask("state api") == "+ok closed")
  }

  @Test func forcesAndSettingsComeBackWithTheirEnds() throws {
    let options = Self.options + ["--default", "open.duration=60s"]
    let first = try DaemonProcess(options)
    let admin = try first.admin()
    for (name, mode) in [("a", "open"), ("b", "closed"), ("c", "observe")] {
      #expect(try admin.ask("force \(name) \(mode)") == "+ok 1")
      #expect(try admin.ask("force \(name)-long \(mode) for=10h why=maintenance") == "+ok 1")
      #expect(try admin.ask("force \(name)-short \(mode) for=1m") == "+ok 1")
    }
    #expect(try admin.ask("set s trip.consecutive_failures=3 open.duration=7s") == "+ok 1")
    #expect(try admin.ask("set u open.duration=7s") == "+ok 1")
    #expect(try admin.ask("unset u open.duration") == "+ok 1")
    #expect(try admin.ask("force r open") == "+ok 1")
    #expect(try admin.ask("release r") == "+ok 1")
    let next = try restart(first, options, wallClock: .seconds(3_600))
    let client = try next.admin()
    for (name, mode, after) in [("a", "open", "half-open"), ("b", "closed", "closed"), ("c", nil, "closed")] {
      let state = mode.map { "forced-" + $0 } ?? "observe"
      #expect(try client.ask("state \(name)") == "+ok \(state)")
      let long = try client.table("show \(name)-long")
      #expect(long["state"] == state)
      if let left = long["retry_ms"].flatMap({ Int($0) }) { #expect((32_300_000...32_400_000).contains(left)) }
      #expect(try client.ask("state \(name)-short") == "+ok \(after)")
    }
    let settings = try client.table("show s")
    #expect(settings["set.trip.consecutive_failures"] == "3")
    #expect(settings["policy.trip.consecutive_failures"] == "3")
    #expect(settings["policy.open.duration"] == "7s")
    #expect(try client.ask("report s fail") == "+ok closed")
    let unset = try client.table("show u")
    #expect(unset["set.open.duration"] == nil && unset["policy.open.duration"] == "1m")
    #expect(try client.ask("state r") == "+ok half-open")
    let events = try Lives.events(client)
    #expect(events.contains { $0["name"] == "a-long" && $0["why"] == "maintenance" && $0["uid"] == "\(getuid())" })
  }

  @Test func windowsAndRunsComeBackAfterACleanStop() throws {
    let options = [
      "--default", "trip.consecutive_failures=10", "--default", "trip.failures=20", "--default", "trip.window.time=10m",
    ]
    let first = try DaemonProcess(options)
    let client = try first.client()
    try client.send(String(repeating: "report api fail quiet\n", count: 5) + "report api ok n=100 quiet\n")
    try client.send(String(repeating: "report api fail err=timeout quiet\n", count: 7) + "denied api n=4 quiet\n")
    let before = try client.table("show api")
    #expect(before["window.calls"] == "112" && before["window.failures"] == "12" && before["run"] == "7", "\(before)")
    let next = try restart(first, options, by: SIGTERM)
    let after = try next.client().table("show api")
    for key in ["window.calls", "window.failures", "run", "ok", "failed", "refused", "state"] {
      #expect(after[key] == before[key], "\(key)")
    }
    let why = try next.client().list("why api").rows
    #expect(why.filter { $0.contains("event=failure") }.count == 8)
    #expect(why.contains { $0.contains("err=timeout") && $0.contains("pid=\(getpid())") })
    // Two more make ten in a row... minus seven: three.
    for _ in 0..<2 { #expect(try next.client().ask("report api fail") == "+ok closed") }
    #expect(try next.client().ask("report api fail").hasPrefix("+ok open"))
  }

  @Test func aClosedOneThatWasOnlyAskedForLeavesNothingBehind() throws {
    let first = try DaemonProcess(Self.options)
    #expect(try first.client().ask("allow api").hasPrefix("+allow closed"))
    let next = try restart(first, Self.options, by: SIGTERM)
    #expect(try next.client().ask("state api").hasPrefix("-UNKNOWN_NAME"))
  }

  @Test func whyComesBack() throws {
    let options = Self.options + ["--default", "trip.consecutive_failures=3", "--default", "open.duration=60s"]
    let first = try DaemonProcess(options)
    let client = try first.client()
    #expect(try client.ask("hello 1 client=python/1.0 name=web%203").hasPrefix("+ok"))
    for number in 0..<3 { _ = try client.ask("report api fail err=e\(number)") }
    let before = try client.list("why api").rows
    let next = try restart(first, options)
    let after = try next.client().list("why api").rows
    /// Without what goes on with time.
    func lasting(_ rows: [String]) -> [String] {
      rows.map { row in
        row.split(separator: " ").filter { !$0.hasPrefix("age_ms=") && !$0.hasPrefix("retry_ms=") }
          .joined(separator: " ")
      }
    }
    #expect(lasting(after) == lasting(before))
    #expect(after.count == 6)
    #expect(
      after.contains {
        $0.contains("event=trip") && $0.contains("cause=consecutive_failures") && $0.contains("threshold=3")
      })
    #expect(after.contains { $0.contains("client=web%203") && $0.contains("err=e2") && $0.contains("pid=\(getpid())") })
  }
}
