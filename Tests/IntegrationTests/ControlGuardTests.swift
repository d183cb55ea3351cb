import Testing

/// What breakerctl's allow and report exit with.
@Suite struct ControlGuardTests {
  private let nowhere = ControlTool(socket: "/tmp/brk-nowhere/breakerd.sock")

  @Test func allowPrintsATokenAndExitsWith0OrElse75() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"])
    let tool = ControlTool(daemon)
    let allowed = try tool("allow", "api")
    #expect(allowed.ending == .exit(0) && UInt64(allowed.output.dropLast()) != nil, "\(allowed)")
    let report = try tool("report", "api", "fail", String(allowed.output.dropLast()), "--err", "timeout")
    #expect(report.ending == .exit(0) && report.output.hasPrefix("open, retry in "), "\(report)")
    let denied = try tool("allow", "api")
    #expect(denied.ending == .exit(75) && denied.output.isEmpty && denied.error.contains("api is open"), "\(denied)")
    let json = try tool("allow", "api", "--json")
    #expect(json.ending == .exit(75) && json.object["decision"] as? String == "deny", "\(json)")
  }

  @Test func withoutADaemonCallsGoOnUnlessAskedNotTo() throws {
    let allowed = try nowhere("allow", "api")
    #expect(allowed.ending == .exit(0) && allowed.output.isEmpty && allowed.error.contains("not guarded"), "\(allowed)")
    let report = try nowhere("report", "api", "ok")
    #expect(report.ending == .exit(0) && report.error.contains("nothing listens"), "\(report)")
    #expect(try nowhere("allow", "api", "--on-unavailable", "deny").ending == .exit(75))
    #expect(try nowhere("allow", "api", "--strict").ending == .exit(69))
    #expect(try nowhere("report", "api", "ok", "--strict").ending == .exit(69))
    #expect(try nowhere("list").ending == .exit(69))
    #expect(try nowhere("watch").ending == .exit(69))
  }

  @Test func whatThisSocketDoesNotAllowExitsWith77() throws {
    let daemon = try DaemonProcess()
    let tool = ControlTool(socket: daemon.socket)
    for words in [["reset", "*"], ["backup"], ["clients"], ["force", "api", "open"]] {
      let run = try Command(tool.command(words))
      #expect(run.ending == .exit(77) && run.output.isEmpty && !run.error.isEmpty, "\(words): \(run)")
    }
  }

  @Test(arguments: [
    ["allow"], ["report", "api", "perhaps"], ["exec", "api"], ["force", "api", "half"], ["nonsense"],
    ["list", "--nonsense"], ["exec", "api", "--denied-exit", "256", "--", "true"], ["events", "--limit", "0"],
    ["events", "--since=-1"], ["watch", "--exec-timeout", "soon"], ["set", "api", "open.duration"],
  ])
  func wrongUsageExitsWith64(_ words: [String]) throws {
    let run = try Command(nowhere.command(words))
    #expect(run.ending == .exit(64) && run.output.isEmpty && !run.error.isEmpty, "\(run)")
  }

  @Test(arguments: [
    ["allow", "a b"], ["report", "-", "ok"], ["exec", ".api", "--", "true"], ["state", "nobody"], ["show", "nobody"],
    ["why", "nobody"], ["list", "a b"], ["events", "%"], ["watch", "%"], ["set", "api", "trip.nonsense=1"],
    ["report", "api", "ok", "token"],
  ])
  func badDataExitsWith65(_ words: [String]) throws {
    let daemon = try DaemonProcess()
    let run = try Command(ControlTool(daemon).command(words))
    #expect(run.ending == .exit(65) && run.output.isEmpty && !run.error.isEmpty, "\(run)")
  }
}
