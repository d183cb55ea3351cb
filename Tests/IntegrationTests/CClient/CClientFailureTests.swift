import Glibc
import Testing

/// The client in C, when the daemon hangs, dies, or refuses.
@Suite(.offThePool) struct CClientFailureTests {
  @Test(arguments: ["", "board=no"]) func noCallWaitsLongerThanTheDeadline(option: String) throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1000000"])
    let puppet = try CPuppet(daemon, option, deadline: 50)
    #expect(try puppet.numbers("run api 100 ok")["allowed"] == 100)
    daemon.child.kill(SIGSTOP)
    var late = 0
    for outcome in ["ok", "fail"] {
      let seen = try puppet.numbers("spin api 3000 \(outcome)")
      #expect(seen["denied"] == 0)
      late += try #require(seen["late"])
    }
    let counts = try puppet.numbers("counts")
    let timeouts = try #require(counts["timeouts"])
    #expect(4...20 ~= timeouts, "\(counts)")
    // A busy machine may take a process's turn away for longer than 20 ms now and then.
    #expect(late <= timeouts / 2, "\(late) of \(counts)")
    #expect(try puppet.tell("log").contains("calls are not guarded: no reply from"))
    daemon.child.kill(SIGCONT)
    #expect(try eventually { try puppet.tell("allow api").hasPrefix("allow closed") })
    #expect(try puppet.end())
  }

  @Test func aDaemonThatIsKilledAndStartedAgainIsAskedAgain() throws {
    let daemon = try DaemonProcess()
    let puppet = try CPuppet(daemon)
    #expect(try puppet.numbers("spin api 1200 ok")["denied"] == 0)
    daemon.kill()
    #expect(try puppet.numbers("spin api 2500 ok")["denied"] == 0)
    #expect(try puppet.tell("allow api").hasPrefix("allow unavailable "))
    #expect(try puppet.tell("log").contains("is breakerd running?"))
    let next = try DaemonProcess(in: daemon.scratch)
    #expect(try eventually { try puppet.tell("allow api").hasPrefix("allow closed") })
    #expect(try puppet.numbers("run api 1000 ok")["allowed"] == 1_000)
    let counts = try puppet.numbers("counts")
    #expect(counts["boards"] == 2 && counts["connections"] == 2, "\(counts)")
    #expect(try next.admin().ask("force api open") == "+ok 1")
    #expect(try puppet.tell("allow api").hasPrefix("deny forced-open"))
    #expect(try puppet.end())
  }

  @Test func aRestartCostsNoUnguardedCall() throws {
    let daemon = try DaemonProcess()
    let puppet = try CPuppet(daemon, "on=deny")
    #expect(try puppet.tell("allow api").hasPrefix("allow closed "))
    #expect(daemon.stop() == .exit(0))
    let next = try DaemonProcess(in: daemon.scratch)
    #expect(try puppet.tell("allow api").hasPrefix("allow closed "))
    #expect(try puppet.numbers("counts")["unavailable"] == 0)
    #expect(next.isWell)
    #expect(try puppet.end())
  }

  @Test func aBoardThatGrowsIsFollowed() throws {
    let daemon = try DaemonProcess()
    let puppet = try CPuppet(daemon)
    let admin = try daemon.admin()
    #expect(try puppet.numbers("spin api 1100 ok")["denied"] == 0)
    // So many that it grows once, and is less than half full then.
    try admin.send((0..<900).map { "allow name-\($0)\n" }.joined())
    _ = try admin.lines(900)
    #expect(try eventually { try admin.table("stats")["board_replaced"] != "0" })
    #expect(try admin.ask("force api open") == "+ok 1")
    #expect(try puppet.tell("allow api").hasPrefix("deny forced-open"))
    #expect(try admin.ask("reset api") == "+ok 1")
    let asked = try puppet.numbers("counts")["asked"]
    #expect(try puppet.numbers("run api 1000 ok")["allowed"] == 1_000)
    let counts = try puppet.numbers("counts")
    #expect(counts["boards"] == 2 && counts["asked"] == asked, "\(counts)")
    #expect(try puppet.end())
  }

  @Test func reportsMadeWithoutADaemonAreBoundedAndToldLater() throws {
    let daemon = try DaemonProcess()
    let puppet = try CPuppet(daemon, "board=no")
    #expect(try puppet.tell("allow api").hasPrefix("allow closed 1 "))
    #expect(daemon.stop() == .exit(0))
    #expect(try puppet.numbers("run api 600 ok")["allowed"] == 600)
    let counts = try puppet.numbers("counts")
    #expect(counts["reports_dropped"] == 600 - 512, "\(counts)")
    let next = try DaemonProcess(in: daemon.scratch)
    #expect(try eventually { try puppet.tell("flush") == "done" })
    // They are of a generation that has gone with the first daemon.
    #expect(try eventually { try next.client().table("show api")["stale"] == "512" })
    #expect(try puppet.end())
  }

  @Test func whatCallsDoWithoutADaemonIsTheProgramsChoice() throws {
    let scratch = try ScratchDirectory()
    let puppet = try CPuppet()
    try puppet.tell("new socket=\(scratch.file("none")) on=deny")
    #expect(try puppet.tell("allow api").hasPrefix("deny unavailable 0 retry_ms=-1"))
    #expect(try puppet.tell("log").hasPrefix("1 breakerd cannot be asked, so calls are refused: nothing listens at"))
    try puppet.tell("new socket=\(scratch.file("none")) on=local failures=3 open_ms=400")
    #expect(try puppet.numbers("run api 2 fail")["allowed"] == 2)
    #expect(try puppet.numbers("run api 1 ok")["allowed"] == 1)
    let seen = try puppet.numbers("run api 5 fail")
    #expect(seen["allowed"] == 3 && seen["denied"] == 2, "\(seen)")
    let refusal = try puppet.numbers("allow api")
    #expect(1...400 ~= refusal["retry_ms"] ?? 0, "\(refusal)")
    var probe = ""
    #expect(
      try eventually {
        probe = try puppet.tell("allow api")
        return probe.hasPrefix("allow")
      })
    #expect(try puppet.tell("allow api").hasPrefix("deny unavailable 0"))
    let number = probe.split(separator: " ")[2]
    #expect(try puppet.tell("report \(number) ok") == "done")
    #expect(try puppet.numbers("run api 5 ok")["allowed"] == 5)
    #expect(try puppet.end())
  }

  @Test(.enabled(if: Stranger.isPossible, Stranger.unless)) func whoMayNotOpenTheSocketIsToldWhatToDo() throws {
    let daemon = try DaemonProcess()
    chmod(daemon.scratch.path, 0o755)
    chmod(daemon.socket, 0o660)
    let stranger = Stranger()
    let puppet = try CPuppet(daemon, wrapper: stranger.command)
    #expect(try puppet.tell("allow api").hasPrefix("allow unavailable "))
    let line = try puppet.tell("log")
    #expect(
      line.hasPrefix("2 no permission to open breakerd's socket \(daemon.socket), so calls are not guarded")
        && line.contains("usermod -aG \"$(stat -c %G \(daemon.socket))\" \"$(id -nu \(stranger.uid))\""), "\(line)")
    #expect(try puppet.tell("allow api").hasPrefix("allow unavailable "))
    #expect(try puppet.tell("log") == "")
    #expect(try puppet.end())
  }

  @Test(.enabled(if: Stranger.isPossible, Stranger.unless)) func whoMayNotReportIsToldOnce() throws {
    let daemon = try ConfiguredDaemon("breakers:\n  - match: api\n    reporters: {users: [nobody]}\n").process
    chmod(daemon.scratch.path, 0o755)
    chmod(daemon.socket, 0o666)
    let puppet = try CPuppet(daemon, wrapper: Stranger().command)
    #expect(try puppet.numbers("run api 10 ok")["allowed"] == 10)
    #expect(
      try eventually {
        try puppet.tell("allow api")
        return try puppet.numbers("counts")["reports_refused"] == 10
      })
    let lines = try puppet.tell("log").split(separator: "|")
    #expect(lines.count == 1 && lines[0].hasPrefix("1 breakerd refused a report: FORBIDDEN"), "\(lines)")
    #expect(try puppet.end())
  }
}
