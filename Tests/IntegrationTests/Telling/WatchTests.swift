import Foundation
import Testing

/// Whoever watches learns of each change, and costs nobody anything.
@Suite(.offThePool) struct WatchTests {
  private static let options = ["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"]

  @Test func firstWhatThereIsThenWhatHappens() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    #expect(try admin.ask("report a-old fail").hasPrefix("+ok open"))
    #expect(try admin.ask("report b-old fail").hasPrefix("+ok open"))
    let watcher = try daemon.client()
    let snapshot = try watcher.list("watch a-*")
    #expect(snapshot.rows.compactMap { fields($0)["name"] } == ["a-old"])
    #expect(try admin.ask("report b-new fail").hasPrefix("+ok open"))
    #expect(try admin.ask("report a-new fail err=timeout").hasPrefix("+ok open"))
    #expect(try admin.ask("reset a-new") == "+ok 1")
    let open = try watcher.line()
    #expect(open.hasPrefix("> transition name=a-new from=closed to=open cause=consecutive_failures "), "\(open)")
    let closed = try watcher.line()
    #expect(closed.hasPrefix("> transition name=a-new from=open to=closed cause=reset"), "\(closed)")
    let numbers = [open, closed].compactMap { fields($0)["seq"].flatMap { Int($0) } }
    #expect(numbers.count == 2 && numbers[0] < numbers[1])
    #expect(try watcher.ask("ping") == "+ok pong")
    // The same numbers as the events have.
    let events = try Lives.events(admin).filter { $0["name"] == "a-new" }.compactMap { $0["seq"].flatMap { Int($0) } }
    #expect(events == numbers)
    #expect(try watcher.ask("unwatch") == "+ok")
    #expect(try admin.ask("report a-newer fail").hasPrefix("+ok open"))
    #expect(try watcher.ask("ping") == "+ok pong")
    #expect(try admin.table("stats")["watchers"] == "0")
  }

  @Test func theSnapshotComesInPages() throws {
    let daemon = try DaemonProcess(Self.options)
    let client = try daemon.client()
    try client.send((0..<2_500).map { "report n\($0) fail quiet\n" }.joined())
    #expect(try client.ask("sync") == "+ok")
    let watcher = try daemon.client()
    var page = try watcher.list("watch limit=1000")
    var names = page.rows.compactMap { fields($0)["name"] }
    while let cursor = fields(page.header)["cursor"] {
      page = try watcher.list("list cursor=\(cursor) limit=1000")
      names += page.rows.compactMap { fields($0)["name"] }
    }
    #expect(names.count == 2_500 && Set(names).count == 2_500)
  }

  /// Everything moves many times while nobody reads.
  @Test func aWatcherThatSleepsCostsLittleAndLearnsTheNewestStateOfEveryName() throws {
    let daemon = try DaemonProcess(Self.options + ["--log-level", "error"])
    let admin = try daemon.admin()
    let names = 5_000
    func tripAll() throws {
      try admin.send((0..<names).map { "report n\($0) fail quiet\n" }.joined())
      #expect(try admin.ask("ping") == "+ok pong")
    }
    func resetAll() throws { #expect(try admin.ask("reset n*").hasPrefix("+ok \(names)")) }
    try tripAll()
    try resetAll()
    try tripAll()
    try resetAll()
    let before = daemon.memory
    let sleepers = try (0..<5).map { _ in try daemon.client() }
    for sleeper in sleepers { try sleeper.send("watch none-*\nwatch *\n") }
    let gone = try daemon.client()
    try gone.send("watch *\n")
    for round in 0..<6 {
      try tripAll()
      if round < 5 { try resetAll() }
      #expect(try daemon.client().ask("allow other").hasPrefix("+allow closed"))
    }
    #expect(daemon.memory < before + 40_000_000, "\(before) became \(daemon.memory)")
    gone.endInput()
    let sleeper = sleepers[0]
    #expect(try sleeper.line().hasPrefix("*0"))
    let header = try sleeper.line()
    _ = try sleeper.lines(Int(header.dropFirst().prefix { $0 != " " }) ?? 0)
    var state: [String: String] = [:]
    var skipped = 0
    let deadline = Deadline(in: .seconds(20))
    func isComplete() -> Bool {
      skipped > 0 && state.count == names && state.values.allSatisfy { $0 == "open" }
    }
    while !isComplete(), !deadline.hasPassed {
      let line = try sleeper.line()
      let words = fields(line)
      if line.hasPrefix("> lag ") {
        skipped += words["skipped"].flatMap { Int($0) } ?? 0
      } else {
        #expect(line.hasPrefix("> transition "), "\(line)")
        state[words["name"] ?? ""] = words["to"]
      }
    }
    #expect(isComplete(), "\(state.count) names, skipped \(skipped)")
    #expect(skipped > names)
    var line = try sleeper.ask("unwatch")
    while line.hasPrefix("> ") { line = try sleeper.line() }
    #expect(line == "+ok")
    #expect(daemon.isWell)
  }

  /// What has happened is kept once for all of them.
  @Test func manyWhoSleepTakeLittleMoreThanOne() throws {
    let daemon = try DaemonProcess(Self.options + ["--log-level", "error"])
    let admin = try daemon.admin()
    let names = 5_000
    func tripAll() throws {
      try admin.send((0..<names).map { "report n\($0) fail quiet\n" }.joined())
      #expect(try admin.ask("reset n*").hasPrefix("+ok \(names)"))
    }
    let sleeper = try daemon.client()
    try sleeper.send("watch\n")
    for _ in 0..<3 { try tripAll() }
    let before = daemon.memory
    let sleepers = try (0..<400).map { _ in try daemon.client() }
    for sleeper in sleepers { try sleeper.send("watch\n") }
    for _ in 0..<3 { try tripAll() }
    // The rows of one list, and what was about to be sent.
    #expect(daemon.memory < before + sleepers.count * 80_000, "\(before) became \(daemon.memory)")
  }

  @Test func aWatcherThatGoesAwayIsForgotten() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    for _ in 0..<20 { _ = try daemon.client().ask("watch") }
    #expect(eventually { (try? admin.table("stats"))?["watchers"] == "0" })
    for round in 0..<20 { #expect(try admin.ask("report n\(round) fail").hasPrefix("+ok open")) }
    #expect(daemon.isWell)
  }

  /// A place in the table is given to another breaker, which the watcher did not ask for.
  @Test func aWatcherIsNotToldOfWhatItDidNotAskFor() throws {
    let daemon = try DaemonProcess(Self.options + ["--log-level", "error"])
    let admin = try daemon.admin()
    let watcher = try daemon.client()
    #expect(try watcher.ask("watch mine-*") == "*0")
    for round in 0..<8 {
      try admin.send((0..<2_000).map { "report mine-\($0) fail quiet\n" }.joined())
      #expect(try admin.ask("reset mine-*") == "+ok 2000", "\(round)")
    }
    #expect(try admin.ask("forget mine-*") == "+ok 2000")
    try admin.send((0..<2_000).map { "report yours-\($0) fail quiet\n" }.joined())
    #expect(try admin.ask("report mine-last fail").hasPrefix("+ok open"))
    var line = ""
    repeat {
      line = try watcher.line()
      #expect(!line.contains("yours"), "\(line)")
    } while !line.contains("name=mine-last ") && !line.contains("yours")
  }

  @Test func whatIsForgottenIsTold() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    for name in ["a", "b", "c"] { #expect(try admin.ask("report \(name) fail").hasPrefix("+ok open")) }
    let watcher = try daemon.client()
    #expect(try watcher.list("watch b*").rows.count == 1)
    #expect(try admin.ask("forget a") == "+ok 1")
    #expect(try admin.ask("forget *") == "+ok 2")
    let line = try watcher.line()
    #expect(line.hasPrefix("> forgotten name=b seq="), "\(line)")
    let event = try Lives.events(admin).last { $0["event"] == "forget" && $0["name"] == "b" }
    #expect(event?["seq"] == fields(line)["seq"] && event?["at"] == fields(line)["at"])
    #expect(try watcher.ask("ping") == "+ok pong")
  }

  /// What a watcher that was too slow is told has the words that it would have had in time.
  @Test func theNewestStateAfterALagIsAWholeLine() throws {
    let daemon = try DaemonProcess(Self.options + ["--log-level", "error"])
    let admin = try daemon.admin()
    let watcher = try daemon.client()
    try watcher.send("watch\n")
    for _ in 0..<2 {
      #expect(try admin.ask("reset *").hasPrefix("+ok"))
      try admin.send((0..<15_000).map { "report n\($0) fail quiet\n" }.joined())
      #expect(try admin.ask("ping") == "+ok pong")
    }
    #expect(try watcher.line() == "*0")
    var line = ""
    repeat { line = try watcher.line() } while !line.hasPrefix("> lag ")
    line = try watcher.line()
    let keys = line.split(separator: " ").dropFirst(2).map { $0.prefix { $0 != "=" } }
    #expect(keys == ["name", "from", "to", "cause", "run", "threshold", "for_ms", "seq", "at"], "\(line)")
  }
}
