import Testing

/// One trip stops everybody.
@Suite(.offThePool) struct TripTests {
  @Test func `after the reply to the report that trips every other connection is denied`() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"])
    let others = try (0..<30).map { _ in try daemon.client() }
    let reporter = try daemon.client()
    for round in 0..<100 {
      for other in others { #expect(try other.ask("allow b\(round)").hasPrefix("+allow closed ")) }
      #expect(try reporter.ask("report b\(round) fail").hasPrefix("+ok open retry_ms="))
      for other in others { try other.send("allow b\(round)\n") }
      for other in others { #expect(try other.line().hasPrefix("+deny open retry_ms=")) }
    }
  }

  @Test func `concurrent reporters trip once and all see it`() throws {
    let daemon = try DaemonProcess(["--default", "open.duration=60s"])
    try onThreads(8) { number in
      let client = try daemon.client()
      for _ in 0..<50 {
        let reply = try client.ask("report shared fail")
        #expect(reply.hasPrefix("+ok ") || reply == "+ok stale", "\(number): \(reply)")
      }
      #expect(try client.ask("allow shared").hasPrefix("+deny open retry_ms="))
    }
    #expect(try daemon.admin().table("show shared")["opened"] == "1")
  }
}
