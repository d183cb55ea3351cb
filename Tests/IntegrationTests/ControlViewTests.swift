import Glibc
import Testing

/// What breakerctl shows of a daemon.
@Suite struct ControlViewTests {
  /// A daemon with a breaker `api` that five failures have opened.
  private func tripped() throws -> DaemonProcess {
    let daemon = try DaemonProcess(["--default", "open.duration=60s"])
    let client = try daemon.client()
    for _ in 0..<4 { #expect(try client.ask("report api fail err=timeout") == "+ok closed") }
    #expect(try client.ask("report api fail err=refused").hasPrefix("+ok open retry_ms="))
    return daemon
  }

  @Test func benchLoadsTheDaemonInSeveralWays() throws {
    let daemon = try DaemonProcess()
    let run = try ControlTool(socket: daemon.socket)("bench", "--for", "20ms", "--names", "7", "--json")
    let rows = run.objects
    #expect(run.ending == .exit(0) && rows.count == 5, "\(run)")
    #expect(rows.allSatisfy { $0["errors"] as? Int == 0 && ($0["requests_s"] as? Int ?? 0) > 0 }, "\(rows)")
    #expect(
      rows.map { "\($0["connections"] ?? "")x\($0["pipeline"] ?? "")" } == ["1x1", "8x1", "64x1", "8x50", "eachx1"])
    #expect(try daemon.admin().table("stats")["breakers"] == "7")
    #expect(daemon.stop() == .exit(0))
    let late = try ControlTool(socket: daemon.socket)("bench")
    #expect(late.ending == .exit(69) && !late.error.isEmpty, "\(late)")
  }

  @Test func dataIsJSONIfWished() throws {
    let daemon = try tripped()
    let tool = ControlTool(daemon)
    #expect(try tool("report", "db", "ok", "--json").object["state"] as? String == "closed")
    let list = try tool("list", "--json").objects
    #expect(list.map { $0["name"] as? String } == ["api", "db"])
    #expect(list.first?["failed"] as? Int == 5)
    let show = try tool("show", "api", "--json").object
    #expect(show["state"] as? String == "open" && show["opened"] as? Int == 1, "\(show)")
    let state = try tool("--json", "state", "api").object
    #expect(state["state"] as? String == "open" && state["retry_ms"] is Int, "\(state)")
    #expect(try tool("list", "nobody", "--json").json as? [String] == [])
    for words in [["stats"], ["health"], ["hello"], ["ping"], ["clients"], ["verbs"], ["sync"], ["reset", "db"]] {
      let run = try Command(tool.command(words + ["--json"]))
      #expect(run.ending == .exit(0) && run.json != nil && run.error.isEmpty, "\(words): \(run)")
    }
  }

  @Test func whyTellsTheTripAndTheFailuresBeforeIt() throws {
    let daemon = try tripped()
    let tool = ControlTool(daemon)
    let why = try tool("why", "api")
    #expect(why.ending == .exit(0) && why.error.isEmpty)
    #expect(why.output.contains("5 failures in a row (threshold 5)") && why.output.contains("next probe  "), "\(why)")
    let lines = why.output.split(separator: "\n")
    #expect(lines.count { $0.hasSuffix("timeout") } == 4 && lines.last?.hasSuffix("refused") == true, "\(why)")
    let json = try tool("why", "api", "--json").object
    #expect((json["trip"] as? [String: Any])?["cause"] as? String == "consecutive_failures", "\(json)")
    let failures = json["failures"] as? [[String: Any]] ?? []
    #expect(failures.count == 5 && failures.allSatisfy { $0["pid"] as? Int == Int(getpid()) }, "\(json)")
    #expect(try tool("reset", "api", "--why", "seen").output == "1 breaker reset\n")
    #expect(try tool("why", "api").output.contains("open -> closed, reset by an admin"))
  }

  @Test func shadowShowsBothSetsOfRulesSideBySide() throws {
    let daemon = try DaemonProcess([
      "--default", "open.duration=60s", "--default", "shadow.trip.failures=2", "--default", "shadow.trip.window=none",
    ])
    let tool = ControlTool(daemon)
    let client = try daemon.client()
    for _ in 0..<4 { #expect(try client.ask("report api fail") == "+ok closed") }
    #expect(try client.ask("sync") == "+ok")
    let words = try tool("shadow", "api").output.split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    #expect(words.contains("trip.consecutive_failures 5 -") && words.contains("trip.failures - 2"), "\(words)")
    #expect(words.contains("run 4 4") && words.contains("failures 4 4") && words.contains("trips 0 1"), "\(words)")
    #expect(words.last?.hasSuffix(" shadow 2 failures in the window (threshold 2)") == true, "\(words)")
    #expect(try tool("why", "api").output.contains("would have tripped once, last "))
    #expect(try client.ask("report api fail").hasPrefix("+ok open"))
    #expect(try client.ask("sync") == "+ok")
    let json = try tool("shadow", "api", "--json", "--limit", "1").object
    #expect((json["policy"] as? [String: Any])?["trips"] as? Int == 1, "\(json)")
    let shadow = json["shadow"] as? [String: Any] ?? [:]
    #expect(shadow["trips"] as? Int == 1 && shadow["trip.failures"] as? Int == 2, "\(json)")
    let trips = json["trips"] as? [[String: Any]] ?? []
    #expect(trips.count == 1 && trips[0]["to"] as? String == "open", "\(json)")
    #expect(try tool("unset", "api", "shadow.trip.failures").ending == .exit(0))
    let other = try tripped()
    let none = try ControlTool(other)("shadow", "api")
    #expect(none.ending == .exit(65) && none.error.contains("api has no second rules"), "\(none)")
  }

  @Test func eventsAreListedInOrderOverAllPages() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"])
    let admin = try daemon.admin()
    try admin.send((0..<2_500).map { "report b\($0) fail quiet\n" }.joined())
    #expect(try admin.ask("force last observe why=to%20see") == "+ok 1")
    let tool = ControlTool(daemon)
    let all = try tool("events", "--json").objects
    let numbers = all.compactMap { $0["seq"] as? Int }
    try #require(numbers.count == 2_501 && numbers == numbers.sorted() && Set(numbers).count == 2_501)
    #expect(all.last?["why"] as? String == "to see" && all.last?["uid"] as? Int == Int(getuid()))
    let newest = try tool("events", "--limit", "2", "--json").objects
    #expect(newest.compactMap { $0["seq"] as? Int } == Array(numbers.suffix(2)))
    let after = try tool("events", "b*", "--since", "\(numbers[4])", "--limit", "1100", "--json").objects
    #expect(after.compactMap { $0["seq"] as? Int } == Array(numbers[5..<1_105]))
    let text = try tool("events", "last").output.split(separator: "\n")
    #expect(text.count == 2 && text.last?.contains("closed -> observe") == true, "\(text)")
    #expect(text.last?.hasSuffix(": to see") == true, "\(text)")
    let none = try tool("events", "nobody")
    #expect(none.ending == .exit(0) && none.output.isEmpty && none.error.contains("nothing is recorded of nobody"))
  }

  @Test func backupPrintsThePathOfACopyThatADaemonCanStartFrom() throws {
    let daemon = try tripped()
    let tool = ControlTool(daemon)
    #expect(try tool("sync").ending == .exit(0))
    let backup = try tool("backup")
    #expect(backup.ending == .exit(0) && backup.output.hasPrefix(daemon.scratch.path + "/backups/"), "\(backup)")
    let scratch = try ScratchDirectory()
    let copied = try Command(["cp", String(backup.output.dropLast()), scratch.file("state.sqlite")])
    #expect(copied.ending == .exit(0), "\(copied)")
    let other = try DaemonProcess(["--default", "open.duration=60s"], in: scratch)
    #expect(eventually { (try? other.client().ask("allow api"))?.hasPrefix("+deny open retry_ms=") == true })
  }

  @Test func sinceTheEndOfItsOutputItWritesNothing() throws {
    let daemon = try tripped()
    let run = try Command(["sh", "-c", "\"$0\" --socket \"$1\" list | true", ControlTool.program, daemon.adminSocket])
    #expect(run.ending == .exit(0) && run.error.isEmpty, "\(run)")
  }
}
