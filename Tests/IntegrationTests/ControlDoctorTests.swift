import Foundation
import Glibc
import Testing

/// What `breakerctl doctor` finds at a daemon that systemd does not run; the service is looked at where systemd does.
@Suite struct ControlDoctorTests {
  @Test func `a daemon that is well passes`() throws {
    let daemon = try DaemonProcess()
    let run = try ControlTool(daemon)("doctor")
    #expect(run.ending == .exit(0) && run.error.isEmpty, "\(run)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("ok       ") }, "\(run.output)")
    for text in ["may make calls: breakerd ", "may act as an admin", "may read the board", "well", "MB are free"] {
      #expect(run.output.contains(text), "\(text): \(run.output)")
    }
    #expect(try ControlTool(socket: daemon.socket)("doctor").output.split(separator: "\n").count == lines.count)
    let rows = try ControlTool(daemon)("doctor", "--json").objects
    #expect(rows.count == lines.count && rows.allSatisfy { $0["level"] as? String == "ok" })
  }

  @Test func `what is wrong comes with what mends it`() throws {
    let daemon = try DaemonProcess(["--default", "recovery=check", "--default", "check.http=http://127.0.0.1:9/"])
    let tool = ControlTool(daemon)
    #expect(chmod(daemon.socket, 0o666) == 0)
    for _ in 0..<5 { _ = try daemon.client().ask("report api fail") }
    let run = try tool("doctor")
    #expect(run.ending == .exit(1))
    expect(run, "warning  \(daemon.socket) (", "can be opened by everybody", mend: "chmod 0660 \(daemon.socket)")
    expect(run, "problem  the daemon is degraded", ": no_prober", mend: "breakerctl events")

    #expect(unlink(daemon.socket) == 0)
    let gone = try tool("doctor")
    expect(gone, "problem  there is no socket \(daemon.socket)", "", mend: "breakerctl doctor --socket PATH")
    #expect(gone.ending == .exit(1) && gone.output.contains("may act as an admin"), "\(gone.output)")
    daemon.kill()
    let dead = try tool("doctor")
    expect(
      dead, "problem  nothing listens at \(daemon.adminSocket), its file is left over", "",
      mend: "breakerctl doctor --socket PATH")
  }

  @Test func `a daemon that does not answer is told from one that is not there`() throws {
    let daemon = try DaemonProcess()
    daemon.child.kill(SIGSTOP)
    let run = try ControlTool(daemon)("doctor", "--timeout", "200ms")
    daemon.child.kill(SIGCONT)
    expect(run, "problem  \(daemon.socket) does not answer within ", "", mend: "top")
  }

  @Test func `a damaged database that was set aside, and many backups, are seen`() throws {
    let scratch = try ScratchDirectory()
    _ = try scratch.write("state.sqlite", String(repeating: "no database ", count: 1_000))
    let daemon = try DaemonProcess(in: scratch)
    try FileManager.default.createDirectory(atPath: scratch.file("backups"), withIntermediateDirectories: true)
    for number in 0..<31 { _ = try scratch.write("backups/\(number)", "") }
    let run = try ControlTool(daemon)("doctor")
    expect(
      run, "problem  the daemon is degraded", "damaged_store_set_aside_as_",
      mend: "sudo breakerd check --state \(scratch.path)")
    expect(
      run, "warning  a damaged database was set aside as \(scratch.path)/state.sqlite.damaged-", "",
      mend: "sudo breakerd check --state ")
    expect(run, "warning  there are 31 backups in ", "", mend: "sudo find ")
  }

  @Test(.enabled(if: Stranger.isPossible, Stranger.unless)) func `root can look as somebody else`() throws {
    let daemon = try DaemonProcess(prelude: "chmod 755 .; umask 0")
    #expect(chmod(daemon.scratch.path, 0o755) == 0)
    let tool = ControlTool(daemon)
    let closed = try tool("doctor", "--as", "nobody")
    #expect(closed.ending == .exit(1))
    expect(closed, "problem  nobody may not open \(daemon.socket)", "", mend: "sudo breakerctl doctor")
    expect(closed, "ok       nobody may not act as an admin", "", mend: "sudo usermod -aG breakerd-admin nobody")
    #expect(chmod(daemon.socket, 0o666) == 0)
    let open = try tool("doctor", "--as", "nobody")
    #expect(open.output.contains("ok       nobody may make calls: "), "\(open.output)")
    #expect(try tool("doctor", "--as", "no-such-user").ending == .exit(65))
    let other = Stranger()
    let refused = try Command(other.command(tool.command(["doctor", "--as", "nobody"])))
    #expect(refused.ending == .exit(77) && refused.error.contains("sudo breakerctl doctor --as nobody"), "\(refused)")
  }

  /// There is a line that begins and ends like this, and the one below it mends it.
  private func expect(_ run: Command, _ begin: String, _ end: String, mend: String) {
    let lines = run.output.split(separator: "\n").map(String.init)
    let found = lines.firstIndex { $0.hasPrefix(begin) && (end.isEmpty || $0.contains(end)) }
    guard let found, found + 1 < lines.count else {
      Issue.record("no line \(begin)…\(end): \(run)")
      return
    }
    #expect(lines[found + 1].hasPrefix("             " + mend), "\(run.output)")
  }
}
