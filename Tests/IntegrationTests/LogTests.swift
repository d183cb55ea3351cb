import Foundation
import Glibc
import Testing

/// The log tells of transitions, and never holds anybody up.
@Suite struct LogTests {
  @Test func `a reader that has stopped stops no decision`() throws {
    let scratch = try ScratchDirectory()
    let pipe = try Descriptor.pipe("log", in: scratch)
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1"], error: pipe.writer)
    let client = try daemon.client()
    // More than the pipe and the queue of the log take.
    let count = 10_000
    try client.send((0..<count).map { "report b\($0) fail\n" }.joined())
    #expect(try client.lines(count).allSatisfy { $0.hasPrefix("+ok open retry_ms=") })
    let stats = try client.table("stats")
    #expect(Int(stats["log_dropped_total"] ?? "") ?? 0 > 1_000, "\(stats)")
    #expect(try client.ask("allow other").hasPrefix("+allow closed "))
    let length = time { #expect(daemon.stop() == .exit(0)) }
    #expect(length < .seconds(4))
    withExtendedLifetime(pipe) {}
  }

  @Test func `a reader that has gone ends nothing`() throws {
    let scratch = try ScratchDirectory()
    var pipe: (reader: Descriptor, writer: Descriptor)? = try Descriptor.pipe("log", in: scratch)
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1"], error: pipe?.writer)
    pipe = nil
    let client = try daemon.client()
    for number in 0..<100 { #expect(try client.ask("report b\(number) fail").hasPrefix("+ok open ")) }
    #expect(daemon.isWell)
    #expect(daemon.stop() == .exit(0))
  }

  @Test func `each transition is one line whatever it holds`() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    #expect(try admin.ask("force api open why=a%20\"b\"%25\u{1F9EF}") == "+ok 1")
    #expect(try admin.ask("force api open why=%0Afake").hasPrefix("-BAD_OPTION "))
    #expect(eventually { daemon.errors.contains("to=forced-open") })
    let line = daemon.errors.split(separator: "\n").first { $0.contains("to=forced-open") } ?? ""
    #expect(line.contains(#"why="a \"b\"%🧯""#), "\(line)")
    #expect(!daemon.errors.contains("fake"))
  }

  @Test func `a level lasts as long as is said`() async throws {
    let daemon = try DaemonProcess(["--log-level", "error", "--default", "trip.consecutive_failures=1"])
    let admin = try daemon.admin()
    #expect(try admin.ask("report a fail").hasPrefix("+ok open "))
    #expect(try admin.ask("loglevel info for=2s") == "+ok")
    #expect(try admin.ask("report b fail").hasPrefix("+ok open "))
    #expect(eventually { daemon.errors.contains("name=b") })
    #expect(!daemon.errors.contains("name=a"))
    try await Task.sleep(for: .milliseconds(2_200))
    #expect(try admin.ask("report c fail").hasPrefix("+ok open "))
    // A level for a while over a level for a while ends at the one from before both.
    #expect(try admin.ask("loglevel debug for=10s") == "+ok")
    #expect(try admin.ask("loglevel warning for=300ms") == "+ok")
    usleep(500_000)
    #expect(try admin.ask("report d fail").hasPrefix("+ok open "))
    #expect(try admin.ask("loglevel warning") == "+ok")
    #expect(try admin.ask("report e fail").hasPrefix("+ok open "))
    #expect(eventually { daemon.errors.contains("name=e") })
    #expect(!daemon.errors.contains("name=c") && !daemon.errors.contains("name=d"), "\(daemon.errors)")
  }

  @Test(arguments: [("error", "debug"), ("info", "error")])
  func `who changes the level is told of`(before: String, after: String) throws {
    let daemon = try DaemonProcess(["--log-level", before])
    #expect(try daemon.admin().ask("loglevel \(after)") == "+ok")
    #expect(eventually { daemon.errors.contains("admin act") }, "\(daemon.errors)")
    let line = daemon.errors.split(separator: "\n").first { $0.contains("verb=loglevel") } ?? ""
    #expect(line.contains("level=\(after) pid=\(getpid()) uid=\(getuid())"), "\(line)")
  }

  /// The journal is told by its device and inode, since processes below a service inherit the variable.
  @Test(arguments: [true, false])
  func `a line for the journal begins with its priority`(isJournal: Bool) throws {
    let scratch = try ScratchDirectory()
    let log = try Descriptor.open(scratch.file("journal"), O_WRONLY | O_CREAT | O_APPEND)
    var status = stat()
    fstat(log.number, &status)
    let stream = "JOURNAL_STREAM=\(status.st_dev):\(status.st_ino)" + (isJournal ? "" : "0")
    let daemon = try DaemonProcess(
      ["--default", "trip.consecutive_failures=1"], wrapper: ["env", stream], error: log)
    #expect(try daemon.client().ask("report api fail").hasPrefix("+ok open "))
    #expect(daemon.stop() == .exit(0))
    let lines = FileFacts.text(scratch.file("journal")).split(separator: "\n")
    let trip = try #require(lines.first { $0.contains("name=api") })
    #expect(trip.hasPrefix("<4>warning transition ") == isJournal, "\(trip)")
    #expect(lines.allSatisfy { $0.hasPrefix("<") == isJournal })
    #expect(lines.last?.hasPrefix("<5>notice stopped") == isJournal)
  }

  @Test func `no request is logged`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    try client.send(String(repeating: "allow api\nreport api ok\nstate api\nnonsense\n", count: 100))
    _ = try client.lines(400)
    #expect(daemon.stop() == .exit(0))
    // Store open, ready, stopping, stopped.
    #expect(daemon.errors.split(separator: "\n").count == 4, "\(daemon.errors)")
  }
}
