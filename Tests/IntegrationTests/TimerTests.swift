import Glibc
import Testing

/// What happens by itself when its time has come.
@Suite struct TimerTests {
  @Test func `an open breaker becomes half open without a request`() throws {
    let daemon = try DaemonProcess(["--default", "open.duration=300ms", "--default", "trip.consecutive_failures=1"])
    #expect(try daemon.client().ask("report api fail").hasPrefix("+ok open retry_ms="))
    #expect(eventually { daemon.errors.contains("from=open") })
    let line = daemon.errors.split(separator: "\n").first { $0.contains("from=open") } ?? ""
    #expect(
      line.contains("name=api") && line.contains("to=half-open") && line.contains("cause=open_elapsed"), "\(line)")
    // It has been half-open since its time, not since somebody looked.
    usleep(200_000)
    let row = fields(try daemon.client().list("list api").rows.first ?? "")
    #expect(row["state"] == "half-open")
    #expect(Int(row["in_state_ms"] ?? "") ?? 0 >= 200, "\(row)")
  }

  @Test func `deadlines of many breakers come each at its time`() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1", "--default", "open.jitter=0%"])
    let admin = try daemon.admin()
    // The latest first, so that each is the new earliest.
    let lengths = Array(stride(from: 800, to: 100, by: -50))
    for length in lengths { #expect(try admin.ask("set b\(length) open.duration=\(length)ms") == "+ok 1") }
    try admin.send(lengths.map { "report b\($0) fail quiet\n" }.joined())
    func reopened() -> [String] {
      daemon.errors.split(separator: "\n").filter { $0.contains("to=half-open") }
        .compactMap { fields(String($0))["name"] }
    }
    #expect(eventually { reopened().count == lengths.count })
    #expect(reopened() == lengths.reversed().map { "b\($0)" })
  }

  @Test func `a force ends by itself`() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    #expect(try admin.ask("force api open for=1500ms") == "+ok 1")
    #expect(try admin.ask("force db closed for=1500ms") == "+ok 1")
    #expect(try admin.ask("allow api").hasPrefix("+deny forced-open retry_ms="))
    #expect(try admin.ask("allow db").hasPrefix("+allow forced-closed "))
    #expect(eventually { daemon.errors.split(separator: "\n").count { $0.contains("cause=force_ended") } == 2 })
    #expect(try admin.ask("state api") == "+ok half-open")
    #expect(try admin.ask("state db") == "+ok closed")
  }

  @Test func `an undecided half open reopens after its wait`() throws {
    let daemon = try DaemonProcess(["--default", "half_open.max_wait=300ms", "--default", "open.duration=60s"])
    let admin = try daemon.admin()
    try admin.send("force api open\nrelease api\n")
    #expect(try admin.lines(2) == ["+ok 1", "+ok 1"])
    #expect(try admin.ask("allow api").hasPrefix("+allow half-open "))
    #expect(eventually { daemon.errors.contains("cause=max_wait") })
    #expect(try admin.ask("state api").hasPrefix("+ok open retry_ms="))
  }

  @Test func `an idle daemon is not woken`() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"])
    let clients = try (0..<50).map { _ in try daemon.client() }
    for (number, client) in clients.enumerated() {
      #expect(try client.ask("report b\(number) fail").hasPrefix("+ok open "))
    }
    // As long as anybody is connected, it says four times a second that it lives, and now and then looks whether all is there.
    #expect(isQuiet(daemon, for: 2, waits: 12))
    for client in clients { #expect(try client.ask("ping") == "+ok pong") }
  }

  @Test func `an idle daemon without clients is not woken at all`() throws {
    let daemon = try DaemonProcess()
    #expect(try daemon.admin().ask("force api open") == "+ok 1")
    #expect(isQuiet(daemon, for: 3, waits: 0))
    #expect(daemon.isWell)
  }

  /// Whether it comes to wait so few times in so many seconds, once what is left to do is over: rows are saved, and brought from
  /// the log into the database.
  private func isQuiet(_ daemon: DaemonProcess, for seconds: UInt32, waits: Int) -> Bool {
    eventually(within: .seconds(30)) {
      let before = daemon.waits
      sleep(seconds)
      return daemon.waits - before <= waits
    }
  }
}
