import Foundation
import Glibc
import Testing

/// The client in C, against real daemons.
@Suite(.offThePool) struct CClientTests {
  /// Builds it for installation too, and reads its header as C++.
  @Test func itsOwnTestsPass() throws {
    let scratch = try ScratchDirectory()
    let make = ["make", "-s", "-C", CPuppet.folder.path, "test", "BUILD=\(scratch.file("build"))"]
    let run = try Command(make, within: .seconds(120))
    #expect(run.ending == .exit(0), "\(run.output) \(run.error)")
  }

  @Test func aTripInCIsSeenByAllAndAResetToo() throws {
    let daemon = try DaemonProcess()
    let puppet = try CPuppet(daemon, "name=web-1")
    for _ in 0..<5 { #expect(try puppet.tell("work api fail 0") == "allowed") }
    let tool = ControlTool(daemon)
    #expect(try eventually { try daemon.client().ask("state api").hasPrefix("+ok open") })
    #expect(try tool("list").output.contains("open"))
    let refusal = try puppet.tell("allow api")
    let retry = try #require(Int(fields(refusal)["retry_ms"] ?? ""))
    #expect(refusal.hasPrefix("deny open 0 ") && 1...5_500 ~= retry, "\(refusal)")
    let clients = try daemon.admin().list("clients").rows.map(fields)
    #expect(clients.contains { $0["client"] == "c/0.1.0" && $0["name"] == "web-1" }, "\(clients)")
    #expect(try tool("reset", "api").ending == .exit(0))
    #expect(try puppet.tell("allow api").hasPrefix("allow closed "))
    #expect(try puppet.tell("report 2 fail connection refused") == "done")
    #expect(try eventually { try daemon.client().list("why api").rows.contains { $0.contains("err=connection") } })
    #expect(try puppet.end())
  }

  @Test(arguments: ["", "board=no"]) func countsAreExactAfterTheEnd(option: String) throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1000000"])
    let puppet = try CPuppet(daemon, option)
    var calls = try #require(try puppet.numbers("spin api 1300 ok")["allowed"])
    for _ in 0..<20 { calls += try #require(try puppet.numbers("run api 500 ok")["allowed"]) }
    #expect(try puppet.numbers("run api 70 fail")["allowed"] == 70)
    calls += try #require(try puppet.numbers("run api 500 ok")["allowed"])
    let counts = try puppet.numbers("counts")
    #expect(try puppet.tell("free") == "done")
    let show = try daemon.client().table("show api")
    #expect(show["ok"] == "\(calls)" && show["failed"] == "70" && show["stale"] == "0", "\(show) \(calls)")
    #expect((counts["asked"] ?? 0) < 10 || option == "board=no", "\(counts)")
    #expect(counts["boards"] == (option.isEmpty ? 1 : 0), "\(counts)")
    #expect(try puppet.end())
  }

  @Test func successesAreToldBeforeTheFailureThatFollowsThem() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1000000"])
    let puppet = try CPuppet(daemon, "flush_ms=60000")
    // The first second of a generation is told at once.
    var calls = try #require(try puppet.numbers("spin api 1200 ok")["allowed"])
    for round in 1...50 {
      calls += try #require(try puppet.numbers("run api 40 ok")["allowed"])
      try puppet.tell("work api fail 0")
      var show: [String: String] = [:]
      #expect(
        try eventually {
          show = try daemon.client().table("show api")
          return show["failed"] == "\(round)"
        })
      #expect(show["ok"] == "\(calls)", "\(show) \(calls)")
    }
    #expect(try puppet.end())
  }

  @Test func aSlowCallIsToldAtOnceWithItsTime() throws {
    let options = ["trip.slow_rate=100%", "trip.slow_call=90ms", "trip.minimum_calls=1000000"]
    let daemon = try DaemonProcess(options.flatMap { ["--default", $0] })
    let puppet = try CPuppet(daemon, "flush_ms=60000")
    try puppet.tell("spin api 1200 ok")
    try puppet.tell("flush")
    let before = try #require(Int(daemon.client().table("show api")["slow"] ?? ""))
    try puppet.tell("work api ok 150")
    #expect(try eventually { try daemon.client().table("show api")["slow"] == "\(before + 1)" })
    #expect(try puppet.end())
  }

  @Test func refusalsByTheBoardAreCounted() throws {
    let daemon = try DaemonProcess()
    let puppet = try CPuppet(daemon)
    try puppet.tell("allow api")
    #expect(try daemon.admin().ask("force api open for=1h") == "+ok 1")
    let refusal = try puppet.tell("allow api")
    #expect(refusal.hasPrefix("deny forced-open 0"), "\(refusal)")
    #expect(try puppet.numbers("run api 99 ok")["denied"] == 99)
    let counts = try puppet.numbers("counts")
    #expect(counts["asked"] == 1 && counts["refused"] == 100, "\(counts)")
    #expect(try puppet.tell("flush") == "done")
    #expect(try eventually { try daemon.client().table("show api")["refused"] == "100" })
    #expect(try puppet.end())
  }

  @Test func aProbeHoldsItsPermitUntilItsProcessEnds() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    _ = try admin.ask("force api open")
    _ = try admin.ask("release api")
    let puppet = try CPuppet(daemon)
    let probe = try puppet.tell("allow api")
    #expect(probe.hasPrefix("allow half-open 1 ") && probe.contains("lease_ms=30000"), "\(probe)")
    let other = try CPuppet(daemon)
    #expect(try other.tell("allow api").hasPrefix("deny half-open 0"))
    #expect(try puppet.end())
    #expect(try eventually { try other.tell("allow api").hasPrefix("allow half-open ") })
    let calls = try #require(try other.numbers("counts")["asked"])
    #expect(try other.tell("report \(calls + 1) ok").isEmpty == false)
    #expect(try other.end())
  }

  @Test func aChildLeavesToItsParentWhatItInherited() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    let puppet = try CPuppet(daemon, "flush_ms=60000")
    let calls = try #require(try puppet.numbers("spin api 1200 ok")["allowed"])
    try puppet.tell("flush")
    #expect(try puppet.numbers("run api 40 ok")["allowed"] == 40)
    _ = try admin.ask("force probed open")
    _ = try admin.ask("release probed")
    #expect(try puppet.tell("allow probed").hasPrefix("allow half-open 1 "))
    #expect(try puppet.tell("allow api").hasPrefix("allow closed 2 "))

    #expect(try puppet.tell("fork") == "child")
    // The parent's calls are not the child's to report.
    #expect(try puppet.tell("report 1 fail") == "done")
    #expect(try puppet.tell("report 2 ok") == "done")
    #expect(try puppet.tell("allow probed").hasPrefix("deny half-open 0 "))
    #expect(try puppet.numbers("run api 3 ok")["allowed"] == 3)
    #expect(try puppet.numbers("counts")["connections"] == 1)
    #expect(try puppet.numbers("cloexec")["inherited"] == 0)
    #expect(try puppet.tell("free") == "done")
    #expect(try daemon.client().table("show api")["ok"] == "\(calls + 3)")
    #expect(try puppet.tell("exit") == "parent")

    #expect(try admin.table("show probed")["permits_out"] == "1")
    #expect(try puppet.tell("report 1 ok") == "done")
    #expect(try puppet.tell("report 2 ok") == "done")
    #expect(try puppet.tell("report 2 ok").contains("told already"))
    #expect(try puppet.tell("free") == "done")
    #expect(try daemon.client().table("show api")["ok"] == "\(calls + 44)")
    #expect(try daemon.client().ask("state probed") == "+ok closed")
    #expect(try puppet.end())
  }
}
