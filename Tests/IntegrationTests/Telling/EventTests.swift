import Foundation
import Testing

/// What was, and copies of it.
@Suite(.offThePool) struct EventTests {
  private static let options = ["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"]

  @Test func comeInPagesInTheirOrder() throws {
    let daemon = try DaemonProcess(Self.options + ["--log-level", "error"])
    let client = try daemon.client()
    try client.send((0..<3_000).map { "report \($0.isMultiple(of: 3) ? "a" : "b")\($0) fail quiet\n" }.joined())
    #expect(try client.ask("sync") == "+ok")
    let first = try client.list("events limit=10")
    #expect(first.rows.count == 10)
    #expect(fields(first.header)["cursor"] == fields(first.rows[9])["seq"])
    let all = try Lives.events(client)
    #expect(all.compactMap { $0["name"] } == (0..<3_000).map { ($0.isMultiple(of: 3) ? "a" : "b") + "\($0)" })
    var (found, since): ([String], String?) = ([], "0")
    while let number = since {
      let page = try client.list("events a* since=\(number) limit=100")
      #expect(page.rows.count <= 100)
      found += page.rows.compactMap { fields($0)["name"] }
      since = fields(page.header)["cursor"]
    }
    #expect(found == (0..<3_000).filter { $0.isMultiple(of: 3) }.map { "a\($0)" })
    #expect(try client.list("events since=\(all.last?["seq"] ?? "")").rows == [])
    #expect(try client.list("events since=9223372036854775807").rows == [])
  }

  @Test func tellOfActsThatAreAboutNoBreaker() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    #expect(try admin.ask("loglevel debug for=5m") == "+ok")
    let copy = fields(try admin.ask("backup why=before%20the%20move"))
    #expect(try admin.ask("loglevel info why=quiet%20again") == "+ok")
    let events = try Lives.events(admin)
    #expect(events.map { $0["event"] } == ["loglevel", "backup", "loglevel"])
    #expect(events.map { $0["why"] } == [nil, "before%20the%20move", "quiet%20again"])
    #expect(events.allSatisfy { $0["name"] == "*" && $0["uid"] == "\(getuid())" && $0["pid"] == "\(getpid())" })
    #expect(events[0]["level"] == "debug" && events[0]["for"] == "5m")
    #expect(events[1]["path"] == copy["path"])
  }

  @Test func tellWhoDidWhatAndWhy() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    #expect(try admin.ask("force api open for=5m why=the%20database%20moves") == "+ok 1")
    #expect(try admin.ask("set api open.duration=7s") == "+ok 1")
    #expect(try admin.ask("forget api") == "+ok 1")
    let events = try Lives.events(admin)
    #expect(events.map { $0["event"] } == ["transition", "set", "forget"])
    #expect(events.allSatisfy { $0["uid"] == "\(getuid())" && $0["pid"] == "\(getpid())" && $0["name"] == "api" })
    #expect(events[0]["why"] == "the%20database%20moves" && events[0]["to"] == "forced-open")
    #expect(events[1]["open.duration"] == "7s")
  }

  /// While commits go on without a pause, those who ask get their answers.
  @Test func areToldWhileTheStoreIsBusy() throws {
    let daemon = try DaemonProcess(Self.options + ["--log-level", "error"], failpoint: "before_commit:1")
    let admin = try daemon.admin()
    let flood = try daemon.client()
    try flood.send("report first fail quiet\n")
    var replies = 0
    let asker = try daemon.client()
    for round in 0..<3 {
      try asker.send("events limit=1\n")
      let isAnswered = try eventually {
        try flood.send("report n\(round)-\(UInt32.random(in: 0 ... .max)) fail quiet\n")
        return try asker.hasLine(within: .milliseconds(100))
      }
      #expect(isAnswered)
      let header = try asker.line()
      #expect(header.hasPrefix("*"), "\(header)")
      if header.hasPrefix("*1") { _ = try asker.line() }
      replies += 1
    }
    #expect(replies == 3)
    #expect(try admin.ask("ping") == "+ok pong")
  }

  @Test func syncWaitsForQuietReports() throws {
    let daemon = try DaemonProcess(Self.options + ["--log-level", "error"])
    let client = try daemon.client()
    try client.send((0..<500).map { "report n\($0) fail quiet\n" }.joined() + "sync\n")
    #expect(try client.line() == "+ok")
    daemon.kill()
    let next = try DaemonProcess(Self.options, in: daemon.scratch)
    #expect(try next.client().list("list limit=1000").rows.filter { $0.contains("state=open") }.count == 500)
  }

  @Test func aBackupIsADatabaseOfAllRows() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    try admin.send((0..<300).map { "report n\($0) fail quiet\n" }.joined())
    #expect(try admin.ask("force api open") == "+ok 1")
    let reply = try admin.ask("backup")
    let path = try #require(fields(reply)["path"], "\(reply)")
    #expect(reply.hasPrefix("+ok path=") && path.hasPrefix(daemon.scratch.file("backups/")), "\(reply)")
    #expect(FileFacts.permissions(daemon.scratch.file("backups")) == 0o700)
    #expect(FileFacts.permissions(path) == 0o600)
    let count = try Command([
      "sqlite3", path,
      "PRAGMA integrity_check; SELECT count(*) FROM breakers; SELECT count(*) FROM events WHERE kind <> 'backup'",
    ])
    #expect(count.output == "ok\n301\n301\n", "\(count.output)\(count.error)")
    // Two at once are two files, and the copy is as good as the original.
    #expect(try fields(admin.ask("backup"))["path"] != path)
    let copy = try ScratchDirectory()
    try FileManager.default.copyItem(atPath: path, toPath: copy.file("state.sqlite"))
    let next = try DaemonProcess(Self.options, in: copy)
    #expect(try next.client().ask("state api") == "+ok forced-open")
    #expect(try next.client().ask("state n299").hasPrefix("+ok open"))
  }
}
