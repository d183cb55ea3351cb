import Testing

/// What one client can have the daemon keep in mind.
@Suite(.offThePool) struct TrackingBoundTests {
  @Test func callsBeyondTheBoundPassAndAreNotKept() throws {
    let (bound, beyond) = (10_000, 500)
    let daemon = try DaemonProcess(["--default", "overdue=9m"])
    let other = try daemon.client()
    do {
      let client = try daemon.client()
      #expect(try client.ask("hello 1 bound=yes").hasPrefix("+ok "))
      try client.send(String(repeating: "allow api\n", count: bound + beyond))
      let replies = try client.lines(bound + beyond)
      #expect(replies.allSatisfy { $0.hasPrefix("+allow closed ") })
      #expect(replies.filter { $0.contains(" lease_ms=") }.count == bound)
      let stats = try other.table("stats")
      #expect(stats["calls_out"] == "\(bound)" && stats["untracked_total"] == "\(beyond)", "\(stats)")
      // Calls of other breakers are watched as ever.
      #expect(try other.ask("allow another").contains(" lease_ms="))
      #expect(try client.ask("report api ok") == "+ok closed")
      #expect(try other.ask("allow api").contains(" lease_ms="))
    }
    #expect(try eventually { try other.table("stats")["calls_out"] == "2" })
  }
}
