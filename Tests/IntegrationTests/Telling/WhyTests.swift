import Testing

/// Why a breaker is as it is, in words.
@Suite(.offThePool) struct WhyTests {
  private static let options = ["--default", "open.duration=60s", "--default", "open.jitter=0%"]

  private func failures(_ client: LineClient, _ name: String) throws -> [[String: String]] {
    try client.list("why \(name)").rows.map(fields).filter { $0["event"] == "failure" }
  }

  /// Reports that count for nothing do not push out those that opened the breaker.
  @Test func namesTheFailuresThatOpenedItNotThoseThatCameLate() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    let token = try admin.ask("allow api").split(separator: " ").last ?? ""
    for number in 0..<5 { _ = try admin.ask("report api fail err=cause\(number)") }
    for number in 0..<8 { #expect(try admin.ask("report api fail \(token) err=late\(number)") == "+ok stale") }
    #expect(try failures(admin, "api").map { $0["err"] } == (0..<5).map { "cause\($0)" })
    #expect(try admin.ask("force api closed") == "+ok 1")
    #expect(try admin.ask("report api fail err=forced") == "+ok forced-closed")
    #expect(try failures(admin, "api").map { $0["err"] } == (0..<5).map { "cause\($0)" })
    _ = try admin.ask("release api")
    #expect(try admin.ask("report api fail err=new") == "+ok closed")
    #expect(try failures(admin, "api").last?["err"] == "new")
  }

  @Test func aFailureIsAsOldAsTheCall() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    _ = try admin.ask("report api fail age=5000")
    let row = try #require(try failures(admin, "api").first)
    let age = try #require(row["age_ms"].flatMap { Int($0) })
    #expect((5_000..<15_000).contains(age))
  }

  @Test func theMomentOfATripIsThatOfItsEvent() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    for round in 0..<30 {
      for _ in 0..<5 { _ = try admin.ask("report n\(round) fail") }
      let trip = try admin.list("why n\(round)").rows.map(fields).first { $0["event"] == "trip" }
      let event = try admin.list("events n\(round)").rows.map(fields).first
      #expect(trip?["at"] != nil && trip?["at"] == event?["at"])
    }
  }

  @Test func callsThatWereTooSlowAreNamed() throws {
    let rule = ["trip.slow_rate=50%", "trip.slow_call=100ms", "trip.minimum_calls=4", "trip.window.calls=10"]
    let daemon = try DaemonProcess(Self.options + rule.flatMap { ["--default", $0] })
    let admin = try daemon.admin()
    for duration in [10, 20, 300, 400] { _ = try admin.ask("report api ok ms=\(duration)") }
    #expect(try admin.ask("state api").hasPrefix("+ok open"))
    #expect(try failures(admin, "api").map { $0["slow"] } == ["yes", "yes"])
  }

  /// Who let its leases end is known after a restart too.
  @Test func theHolderOfLeasesOutlivesARestart() throws {
    let scratch = try ScratchDirectory()
    let options =
      ["--default", "open.duration=20ms", "--default", "half_open.lease=20ms"] + ["--default", "open.backoff=1"]
    let daemon = try DaemonProcess(options, in: scratch)
    let client = try daemon.client()
    for _ in 0..<5 { _ = try client.ask("report api fail") }
    let lapsed = try eventually {
      _ = try client.ask("allow api")
      return try client.table("show api")["lapses_in_a_row"].flatMap { Int($0) } ?? 0 >= 3
    }
    #expect(lapsed)
    func hint(_ client: LineClient) throws -> String? {
      try client.list("why api").rows.map(fields).first { $0["hint"] != nil }?["holder_pid"]
    }
    let holder = try #require(try hint(client))
    #expect(holder != "0")
    #expect(daemon.stop() == .exit(0))
    let next = try DaemonProcess(options, in: scratch)
    #expect(try hint(next.client()) == holder)
  }
}
