import Glibc
import Testing

/// `breakerctl exec`, `allow` and `report` under a limit of calls at once.
@Suite(.offThePool) struct ControlSlotTests {
  private static let options = ["--default", "concurrency.limit=1", "--default", "concurrency.lease=60s"]

  private func callsOut(_ daemon: DaemonProcess) throws -> String? { try daemon.admin().table("show api")["calls_out"] }

  /// The rows of those who hold slots.
  private func holders(_ daemon: DaemonProcess) throws -> [[String: String]] {
    try daemon.client().list("why api").rows.map(fields).filter { $0["event"] == "holding" }
  }

  @Test func theSlotComesBackHoweverTheCommandEnds() throws {
    let daemon = try DaemonProcess(Self.options)
    let tool = ControlTool(daemon)
    let endings: [(command: [String], ending: CInt)] = [
      (["--", "true"], 0), (["--", "sh", "-c", "exit 3"], 3), (["--", "sh", "-c", "kill -KILL $$"], 137),
      (["--timeout", "50ms", "--", "sleep", "60"], 124), (["--", "/nonsense"], 127), (["--", "/etc"], 126),
    ]
    for (command, ending) in endings {
      let run = try Command(tool.command(["exec", "api"] + command))
      #expect(run.ending == .exit(ending), "\(command): \(run)")
      #expect(try callsOut(daemon) == "0", "\(command)")
    }
  }

  @Test func onlySoManyCommandsRunAtOnce() throws {
    let daemon = try DaemonProcess(Self.options)
    let tool = ControlTool(daemon)
    let run = try RunningTool(tool, "exec", "api", "--", "sh", "-c", "echo ready; exec sleep 60")
    #expect(run.prints("ready"))
    let denied = try tool("exec", "api", "--", "echo", "never")
    #expect(denied.ending == .exit(75) && denied.output.isEmpty && denied.error.contains("as many calls"), "\(denied)")
    let substitute = try tool("exec", "api", "--fallback", "echo instead", "--", "echo", "never")
    #expect(substitute.ending == .exit(0) && substitute.output == "instead\n")
    let holder = try holders(daemon).first
    #expect(holder?["pid"] == "\(run.child.pid)" && holder?["client"] == "breakerctl", "\(holder ?? [:])")
    let why = try tool("why", "api")
    #expect(why.output.contains("1 of 1") && why.output.contains("\(run.child.pid)"), "\(why)")
    run.child.kill(SIGTERM)
    #expect(run.child.wait() == .exit(143))
    #expect(try callsOut(daemon) == "0")
  }

  @Test func killingItFreesItsSlotThoughTheCommandGoesOn() throws {
    let daemon = try DaemonProcess(Self.options)
    let file = daemon.scratch.file("pid")
    let run = try RunningTool(ControlTool(daemon), "exec", "api", "--", "sh", "-c", "echo $$ > \(file); exec sleep 60")
    #expect(eventually { pid_t(FileFacts.text(file).dropLast()) != nil })
    defer { if let pid = pid_t(FileFacts.text(file).dropLast()) { kill(pid, SIGKILL) } }
    #expect(try callsOut(daemon) == "1")
    run.child.kill(SIGKILL)
    #expect(run.child.wait() == .signal(SIGKILL))
    #expect(try eventually { try callsOut(daemon) == "0" })
    #expect(isRunning(pid_t(FileFacts.text(file).dropLast()) ?? 0))
  }

  @Test func aDaemonThatRestartsMeanwhileKeepsNoSlot() throws {
    let first = try DaemonProcess(Self.options)
    let go = first.scratch.file("go")
    let script = "echo ready; while [ ! -e \(go) ]; do sleep 0.02; done; exit 4"
    let run = try RunningTool(ControlTool(first), "exec", "api", "--", "sh", "-c", script)
    #expect(run.prints("ready"))
    first.kill()
    let next = try DaemonProcess(Self.options, in: first.scratch)
    let other = try next.client()
    let token = try #require(try other.ask("allow api").split(separator: " ").dropFirst(2).first)
    _ = try first.scratch.write("go", "")
    #expect(run.child.wait() == .exit(4))
    // What it told was late: the slot is another's.
    #expect(try other.ask("allow api") == "+deny saturated")
    #expect(try other.ask("report api ok \(token)") == "+ok closed")
    #expect(try callsOut(next) == "0")
    #expect(try next.admin().table("show api")["failed"] == "0")
  }

  @Test func aDaemonThatHasGoneMeanwhileChangesNotHowItEnds() throws {
    let daemon = try DaemonProcess(Self.options)
    let go = daemon.scratch.file("go")
    let script = "echo ready; while [ ! -e \(go) ]; do sleep 0.02; done; exit 4"
    let run = try RunningTool(ControlTool(daemon), "exec", "api", "--", "sh", "-c", script)
    #expect(run.prints("ready"))
    daemon.kill()
    _ = try daemon.scratch.write("go", "")
    #expect(run.child.wait() == .exit(4))
    #expect(run.error.contains("the end of the command could not be told"), "\(run.error)")
  }

  @Test(arguments: [
    ([], 60_000), (["--timeout", "100s"], 105_000), (["--lease", "300s", "--timeout", "100s"], 300_000),
  ])
  func theLeaseIsTheOneAskedFor(options: [String], milliseconds: Int) throws {
    let daemon = try DaemonProcess(Self.options)
    let words = ["exec", "api"] + options + ["--", "sh", "-c", "echo ready; exec sleep 60"]
    let scratch = try ScratchDirectory()
    let child = try ChildProcess(
      ControlTool(daemon).command(words), output: .open(scratch.file("out"), O_WRONLY | O_CREAT))
    #expect(eventually { FileFacts.text(scratch.file("out")).contains("ready") })
    let row = try #require(try holders(daemon).first)
    let (age, left) = (Int(row["age_ms"] ?? "") ?? -1, Int(row["lease_ms"] ?? "") ?? -1)
    #expect(abs(age + left - milliseconds) <= 2, "\(row)")
    child.kill(SIGTERM)
    #expect(child.wait() == .exit(143))
  }

  @Test func aLeaseThatIsTooShortIsSaid() throws {
    let daemon = try DaemonProcess([
      "--default", "concurrency.limit=1", "--default", "concurrency.lease=50ms", "--default", "half_open.max_lease=30s",
    ])
    let tool = ControlTool(daemon)
    let late = try tool("exec", "api", "--", "sleep", "0.2")
    #expect(late.ending == .exit(0) && late.error.contains("longer than its lease of 50ms"), "\(late)")
    let cut = try tool("exec", "api", "--lease", "1h", "--", "true")
    #expect(cut.ending == .exit(0) && cut.error.contains("a lease of 30s, not 1h: see half_open.max_lease"), "\(cut)")
    let fine = try tool("exec", "api", "--lease", "20s", "--", "sleep", "0.1")
    #expect(fine.ending == .exit(0) && fine.error.isEmpty, "\(fine)")
  }

  @Test func aTokenOutlivesTheToolThatAsked() throws {
    let daemon = try DaemonProcess(Self.options)
    let tool = ControlTool(daemon)
    let token = try tool("allow", "api", "--lease", "5m").output.dropLast()
    #expect(token.hasSuffix(".1"))
    let facts = try tool("--json", "allow", "api").object
    #expect(facts["decision"] as? String == "deny" && facts["reason"] as? String == "saturated", "\(facts)")
    #expect(try holders(daemon).first?["token"] == String(token))
    #expect(try tool("report", "api", "ok", String(token)).output == "closed\n")
    let granted = try tool("--json", "allow", "api", "--lease", "5m").object
    #expect(granted["lease_ms"] as? Int == 300_000 && granted["token"] is String, "\(granted)")
  }
}
