import Glibc
import Testing

/// Commands run by `breakerctl exec`.
@Suite struct ControlExecTests {
  private func forcedOpen() throws -> DaemonProcess {
    let daemon = try DaemonProcess()
    #expect(try daemon.admin().ask("force api open") == "+ok 1")
    return daemon
  }

  private func figures(_ daemon: DaemonProcess) throws -> [String: String] { try daemon.admin().table("show api") }

  @Test func theCommandsEndIsReportedAndPassedOn() throws {
    let daemon = try DaemonProcess()
    let tool = ControlTool(daemon)
    let fine = try tool("exec", "api", "--", "echo", "a  b", "*")
    #expect(fine.ending == .exit(0) && fine.output == "a  b *\n" && fine.error.isEmpty, "\(fine)")
    #expect(try tool("exec", "api", "--", "sh", "-c", "exit 3").ending == .exit(3))
    #expect(try tool("exec", "api", "--", "sh", "-c", "kill -KILL $$").ending == .exit(137))
    #expect(try tool("exec", "api", "--slow", "1ms", "--", "sleep", "0.1").ending == .exit(0))
    #expect(try tool("exec", "api", "--", "/nonsense").ending == .exit(127))
    #expect(try tool("exec", "api", "--", "/etc").ending == .exit(126))
    let figures = try figures(daemon)
    #expect(figures["ok"] == "1" && figures["failed"] == "3", "\(figures)")
    let classes = try daemon.admin().list("why api").rows.compactMap { fields($0)["err"] }
    #expect(classes == ["exit-3", "signal-9", "slow"])
  }

  @Test func aDeniedCommandIsNotRun() throws {
    let daemon = try forcedOpen()
    let tool = ControlTool(daemon)
    let denied = try tool("exec", "api", "--", "echo", "never")
    #expect(denied.ending == .exit(75) && denied.output.isEmpty && denied.error.contains("forced open"), "\(denied)")
    #expect(try tool("exec", "api", "--denied-exit", "9", "--", "echo", "never").ending == .exit(9))
    #expect(try tool("exec", "api", "--denied-exit", "0", "--", "echo", "never").ending == .exit(0))
    let substitute = try tool("exec", "api", "--fallback", "echo instead; exit 7", "--", "echo", "never")
    #expect(substitute.ending == .exit(7) && substitute.output == "instead\n", "\(substitute)")
  }

  @Test func withoutADaemonTheCommandRuns() throws {
    let tool = ControlTool(socket: "/tmp/brk-nowhere/breakerd.sock")
    let run = try tool("exec", "api", "--", "sh", "-c", "echo runs; exit 5")
    #expect(run.ending == .exit(5) && run.output == "runs\n" && run.error.contains("not guarded"), "\(run)")
    #expect(try tool("exec", "api", "--strict", "--", "echo", "never").ending == .exit(69))
    let denied = try tool("exec", "api", "--on-unavailable", "deny", "--", "echo", "never")
    #expect(denied.ending == .exit(75) && denied.output.isEmpty, "\(denied)")
  }

  @Test func aTimeoutEndsTheCommandWithAllItStarted() throws {
    let daemon = try DaemonProcess()
    let file = daemon.scratch.file("pid")
    let run = try ControlTool(daemon)(
      "exec", "api", "--timeout", "500ms", "--", "sh", "-c", "sleep 60 & echo $! > \(file); wait")
    #expect(run.ending == .exit(124) && run.error.contains("longer than 500ms"), "\(run)")
    let grandchild = try #require(pid_t(FileFacts.text(file).dropLast()))
    #expect(eventually { !isRunning(grandchild) })
    #expect(try eventually { try figures(daemon)["failed"] == "1" })
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func aSignalIsPassedOnAndHeldAgainstNobody(_ signal: CInt) throws {
    let daemon = try DaemonProcess()
    let run = try RunningTool(
      ControlTool(daemon), "exec", "api", "--", "sh", "-c",
      "trap 'echo got; exit 5' TERM INT HUP; echo ready; while :; do sleep 0.02; done")
    #expect(run.prints("ready"))
    run.child.kill(signal)
    #expect(run.child.wait() == .exit(5))
    #expect(run.output == "ready\ngot\n")
    let figures = try figures(daemon)
    #expect(figures["failed"] == "0" && figures["ok"] == "0", "\(figures)")
  }

  @Test func killingItFreesItsProbeAtOnce() throws {
    let daemon = try forcedOpen()
    #expect(try daemon.admin().ask("release api") == "+ok 1")
    let file = daemon.scratch.file("pid")
    let run = try RunningTool(ControlTool(daemon), "exec", "api", "--", "sh", "-c", "echo $$ > \(file); exec sleep 60")
    #expect(eventually { pid_t(FileFacts.text(file).dropLast()) != nil })
    defer { if let pid = pid_t(FileFacts.text(file).dropLast()) { kill(pid, SIGKILL) } }
    let other = try daemon.client()
    #expect(try other.ask("allow api").hasPrefix("+deny half-open "))
    run.child.kill(SIGKILL)
    #expect(run.child.wait() == .signal(SIGKILL))
    // Though its child lives on.
    #expect(try eventually(within: .seconds(5)) { try other.ask("allow api").hasPrefix("+allow half-open ") })
    #expect(try figures(daemon)["failed"] == "0")
  }
}
