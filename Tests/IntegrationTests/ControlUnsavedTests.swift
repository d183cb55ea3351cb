import Glibc
import Testing

/// What breakerctl says of changes that a crash would undo.
@Suite struct ControlUnsavedTests {
  /// A daemon of a debug build, whose every commit takes 8 s.
  private func slow(in scratch: ScratchDirectory) throws -> (ChildProcess, ControlTool) {
    let child = try ChildProcess(
      ["env", "BREAKERD_FAILPOINT=before_commit:8", DaemonProcess.program] + DaemonProcess.paths(in: scratch)
        + ["--default", "trip.consecutive_failures=1"])
    let socket = scratch.file("admin.sock")
    #expect(eventually(within: .seconds(20)) { (try? LineClient(socket).ask("ping")) == "+ok pong" })
    return (child, ControlTool(socket: socket))
  }

  @Test func eachChangeThatIsNotSavedIsWarnedOfAndDone() throws {
    let scratch = try ScratchDirectory()
    let (child, tool) = try slow(in: scratch)
    let runs = [
      (try tool("report", "api", "fail", "--timeout", "5s"), 0),
      (try tool("report", "db", "fail", "--timeout", "5s", "--json"), 0), (try tool("force", "api", "closed"), 0),
    ]
    for (run, status) in runs {
      #expect(run.ending == .exit(CInt(status)) && run.error.contains("not saved yet"), "\(run)")
    }
    #expect(runs[0].0.output.hasPrefix("open, retry in ") && runs[1].0.output.contains(#""unsaved":true"#))
    #expect(runs[2].0.output == "1 breaker forced closed\n")
    // It gives the daemon 50 ms, which a busy machine may not: another name each time.
    var names = (0..<20).makeIterator()
    let isWarned = try eventually {
      guard let number = names.next() else { return true }
      let run = try tool("exec", "web\(number)", "--", "sh", "-c", "exit 3")
      return run.ending == .exit(3) && run.error.contains("not saved yet")
    }
    #expect(isWarned && names.next() != nil)
    child.kill(SIGKILL)
  }

  @Test func syncSaysSoToo() throws {
    let scratch = try ScratchDirectory()
    let (child, tool) = try slow(in: scratch)
    #expect(try LineClient(tool.socket).ask("report api fail").hasSuffix(" unsaved"))
    let sync = try tool("sync", "--json")
    #expect(sync.ending == .exit(69) && sync.output == "{\"saved\":false}\n", "\(sync)")
    #expect(sync.error.contains("not saved yet"))
    child.kill(SIGKILL)
  }
}
