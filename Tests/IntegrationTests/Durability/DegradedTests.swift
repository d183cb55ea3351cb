import BreakerStore
import Foundation
import Glibc
import Testing

/// Whatever is wrong with the store: decisions go on, it is said what is wrong, and all is written when it heals.
@Suite(.offThePool) struct DegradedTests {
  static let options = ["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"]

  /// Expects a daemon that decides, and says of every change that it is not durable, without waiting.
  private func expectDegraded(_ daemon: DaemonProcess, _ reason: String) throws {
    let admin = try daemon.admin()
    #expect(eventually { daemon.health.hasPrefix("+ok degraded reason=store_failing ") }, "\(daemon.health)")
    #expect(daemon.health.contains(reason), "\(daemon.health)")
    let took = try time {
      for request in ["force f closed", "report t fail", "set s open.duration=9s", "sync"] {
        let reply = try admin.ask(request)
        #expect(reply.hasPrefix("+ok") && reply.hasSuffix(" unsaved"), "\(request): \(reply)")
      }
    }
    #expect(took < .seconds(2), "\(took)")
    #expect(try admin.ask("allow f").hasPrefix("+allow forced-closed"))
    #expect(try admin.ask("allow t").hasPrefix("+deny open"))
  }

  /// Expects that it gets well by itself, and that a next daemon finds all that ``expectDegraded`` has changed.
  private func expectHealed(_ daemon: DaemonProcess, wrapper: [String] = [], state: String? = nil) throws {
    #expect(eventually(within: .seconds(15)) { daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
    let admin = try daemon.admin()
    #expect(try admin.ask("sync") == "+ok")
    #expect(try admin.ask("force g open") == "+ok 1")
    daemon.kill()
    let next = try DaemonProcess(Self.options, in: daemon.scratch, wrapper: wrapper, state: state)
    let client = try next.admin()
    #expect(try client.ask("state f") == "+ok forced-closed")
    #expect(try client.ask("state g") == "+ok forced-open")
    #expect(try client.ask("state t").hasPrefix("+ok open"))
    #expect(try client.table("show s")["set.open.duration"] == "9s")
    #expect(next.health.hasPrefix("+ok healthy"), "\(next.health)")
  }

  @Test func aDirectoryThatCannotBeWritten() throws {
    // For root every directory can be written.
    let wrapper = geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
    let scratch = try ScratchDirectory()
    let directory = scratch.file("state")
    #expect(mkdir(directory, 0o555) == 0)
    if geteuid() == 0 { chown(scratch.path, 65_534, 65_534) }
    let state = directory + "/state.sqlite"
    let daemon = try DaemonProcess(Self.options, in: scratch, wrapper: wrapper, state: state)
    try expectDegraded(daemon, "Permission")
    chmod(directory, 0o755)
    if geteuid() == 0 { chown(directory, 65_534, 65_534) }
    try expectHealed(daemon, wrapper: wrapper, state: state)
  }

  /// It is in force all the same.
  @Test func aDatabaseThatCanOnlyBeRead() throws {
    let wrapper = geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
    let scratch = try ScratchDirectory()
    if geteuid() == 0 { chown(scratch.path, 65_534, 65_534) }
    let path = scratch.file("state.sqlite")
    let first = try DaemonProcess(Self.options, in: scratch, wrapper: wrapper)
    #expect(try first.admin().ask("force kept open") == "+ok 1")
    #expect(first.stop() == .exit(0))
    chmod(path, 0o444)
    let daemon = try DaemonProcess(Self.options, in: scratch, wrapper: wrapper)
    #expect(try daemon.admin().ask("state kept") == "+ok forced-open")
    try expectDegraded(daemon, "read")
    #expect(try daemon.admin().ask("release kept") == "+ok 1 unsaved")
    #expect(try daemon.admin().ask("loglevel notice") == "+ok unsaved")
    chmod(path, 0o600)
    #expect(eventually(within: .seconds(15)) { daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
    #expect(try daemon.admin().ask("state kept") == "+ok half-open")
    try expectHealed(daemon, wrapper: wrapper)
  }

  @Test func aFileThatIsNoDatabaseIsSetAsideOnce() throws {
    let scratch = try ScratchDirectory()
    let garbage = String(repeating: "this is no database ", count: 1_000)
    _ = try scratch.write("state.sqlite", garbage)
    let daemon = try DaemonProcess(Self.options, in: scratch)
    let aside = try FileManager.default.contentsOfDirectory(atPath: scratch.path).filter { $0.contains(".damaged-") }
    #expect(aside.count == 1)
    #expect(FileFacts.text(scratch.file(aside.first ?? "")) == garbage)
    #expect(daemon.health.hasPrefix("+ok degraded reason=damaged_store_set_aside_as_"), "\(daemon.health)")
    #expect(try daemon.admin().ask("force f closed") == "+ok 1")
    daemon.kill()
    // As long as nobody has looked after the first, a second is left where it is.
    _ = try scratch.write("state.sqlite", garbage)
    unlink(scratch.file("state.sqlite-wal"))
    let next = try DaemonProcess(Self.options, in: scratch)
    try expectDegraded(next, "damaged")
    #expect(FileFacts.text(scratch.file("state.sqlite")) == garbage)
    rename(scratch.file("state.sqlite"), scratch.file("second"))
    // It is said until the first has been moved away, over restarts too.
    #expect(eventually(within: .seconds(15)) { next.health.contains("reason=damaged_store_set_aside_as_") })
    rename(scratch.file(aside.first ?? ""), scratch.file("first"))
    try expectHealed(next)
  }

  @Test func aDatabaseOfAnotherProgramIsLeftAlone() throws {
    let scratch = try ScratchDirectory()
    let other = scratch.file("state.sqlite")
    #expect(
      try Command(["sqlite3", other, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)"]).ending == .exit(0))
    let before = FileManager.default.contents(atPath: other)
    let daemon = try DaemonProcess(Self.options, in: scratch)
    try expectDegraded(daemon, "another%20program")
    #expect(daemon.stop() == .exit(0))
    #expect(FileManager.default.contents(atPath: other) == before)
    // Two forces, a trip and a set: it must be heard that they are gone.
    let errors = daemon.errors.split(separator: "\n").map(String.init)
    let lost = fields(errors.first { $0.contains("changes_lost=") } ?? "")
    #expect(lost["changes_lost"] == "3", "\(daemon.errors)")
  }

  @Test func aFileOfANewerVersionIsLeftUntouched() throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("state.sqlite")
    let first = try DaemonProcess(Self.options, in: scratch)
    #expect(try first.admin().ask("force kept open") == "+ok 1")
    #expect(first.stop() == .exit(0))
    #expect(!first.errors.contains("changes_lost"))
    #expect(
      try Command(["sqlite3", path, "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)"]).ending == .exit(0))
    func files() throws -> [String: Data?] {
      let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
      return Dictionary(
        uniqueKeysWithValues: names.filter { $0.hasPrefix("state.sqlite") && !$0.hasSuffix(".lock") }
          .map { ($0, FileManager.default.contents(atPath: scratch.file($0))) })
    }
    let before = try files()
    let daemon = try DaemonProcess(Self.options, in: scratch)
    try expectDegraded(daemon, "version%2099")
    #expect(try daemon.admin().ask("state kept").hasPrefix("-UNKNOWN_NAME"))
    // It tries again every few seconds, and touches nothing then either.
    #expect(try files() == before)
    #expect(daemon.stop() == .exit(0))
    #expect(try files() == before)
  }

  @Test func aDiskThatIsFull() throws {
    let scratch = try ScratchDirectory()
    let daemon = try DaemonProcess(Self.options, in: scratch, wrapper: ["prlimit", "--fsize=300000:unlimited"])
    let client = try daemon.client()
    #expect(try daemon.admin().ask("force early closed") == "+ok 1")
    try client.send((0..<3_000).map { "report n\($0) fail quiet\n" }.joined())
    try expectDegraded(daemon, "SQLite")
    #expect(try daemon.admin().list("list n* limit=1000").rows.allSatisfy { $0.contains("state=open") })
    // What could not be written must not be written over what is newer.
    #expect(try daemon.admin().ask("reset n1") == "+ok 1 unsaved")
    #expect(try daemon.admin().ask("forget n2") == "+ok 1 unsaved")
    #expect(try Command(["prlimit", "--pid", "\(daemon.pid)", "--fsize=unlimited"]).ending == .exit(0))
    try expectHealed(daemon)
    let next = try DaemonProcess(Self.options, in: scratch)
    #expect(try next.client().ask("state n2999").hasPrefix("+ok open"))
    #expect(try next.client().ask("state n1") == "+ok closed")
    #expect(try next.client().ask("state n2").hasPrefix("-UNKNOWN_NAME"))
    #expect(try next.client().ask("state early") == "+ok forced-closed")
  }

  /// It starts on a disk that is full already: what it finds is in force, and its permits are worth something.
  @Test func aDiskThatIsFullFromTheBeginning() throws {
    let options = ["--default", "trip.consecutive_failures=1", "--default", "open.duration=1ms"]
    let scratch = try ScratchDirectory()
    let first = try DaemonProcess(options, in: scratch)
    #expect(try first.admin().ask("report half fail").hasPrefix("+ok open"))
    #expect(eventually { (try? first.admin().ask("state half")) == "+ok half-open" })
    #expect(try first.admin().ask("force f open") == "+ok 1")
    #expect(first.stop() == .exit(0))
    let daemon = try DaemonProcess(options, in: scratch, wrapper: ["prlimit", "--fsize=1000:unlimited"])
    let admin = try daemon.admin()
    #expect(eventually { daemon.health.contains("store_failing") }, "\(daemon.health)")
    #expect(try admin.ask("state f") == "+ok forced-open")
    let reply = try admin.ask("allow half")
    #expect(reply.hasPrefix("+allow half-open "))
    // While it tries again and again to open the store, nothing begins anew.
    let retried = eventually(within: .milliseconds(1_500)) { false }
    #expect(!retried)
    #expect(try admin.ask("state half") == "+ok half-open")
    #expect(try admin.ask("report half ok \(reply.split(separator: " ")[2])") == "+ok closed unsaved")
    #expect(try Command(["prlimit", "--pid", "\(daemon.pid)", "--fsize=unlimited"]).ending == .exit(0))
    #expect(eventually { daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
    #expect(try admin.ask("sync") == "+ok")
    daemon.kill()
    let next = try DaemonProcess(options, in: scratch)
    #expect(try next.client().ask("state half") == "+ok closed")
    #expect(try next.client().ask("state f") == "+ok forced-open")
  }

  /// The number of an event, and the generation of a new breaker, as a life of a daemon gives them out.
  private func numbers(_ daemon: DaemonProcess) throws -> (sequence: Int, generation: Int) {
    let admin = try daemon.admin()
    let watcher = try daemon.client()
    _ = try watcher.list("watch")
    let token = try admin.ask("allow fresh").split(separator: " ").last.flatMap { Int($0) }
    #expect(try admin.ask("force fresh open").hasPrefix("+ok 1"))
    return (try #require(fields(watcher.line())["seq"].flatMap { Int($0) }), try #require(token))
  }

  /// A store that only lets itself be read, life after life, and one that is gone.
  @Test func numbersNeverRepeat() throws {
    let scratch = try ScratchDirectory()
    let first = try DaemonProcess(Self.options, in: scratch)
    var lives = [try numbers(first)]
    #expect(try first.admin().ask("forget fresh") == "+ok 1")
    #expect(first.stop() == .exit(0))
    for _ in 0..<3 {
      let daemon = try DaemonProcess(Self.options, in: scratch, wrapper: ["prlimit", "--fsize=1000:unlimited"])
      #expect(eventually { daemon.health.contains("store_failing") }, "\(daemon.health)")
      lives.append(try numbers(daemon))
      daemon.kill()
    }
    let healed = try DaemonProcess(Self.options, in: scratch)
    lives.append(try numbers(healed))
    #expect(healed.stop() == .exit(0))
    unlink(scratch.file("state.sqlite"))
    lives.append(try numbers(DaemonProcess(Self.options, in: scratch)))
    let sequences = lives.map(\.sequence)
    #expect(sequences == sequences.sorted() && Set(sequences).count == lives.count, "\(sequences)")
    #expect(Set(lives.map(\.generation)).count == lives.count, "\(lives)")
  }

  /// What is in the store is in force before the first write is done.
  @Test func aDiskThatIsSlowAtTheStart() throws {
    let scratch = try ScratchDirectory()
    let first = try DaemonProcess(Self.options, in: scratch)
    #expect(try first.admin().ask("force kept open") == "+ok 1")
    #expect(try first.client().ask("report tripped fail").hasPrefix("+ok open"))
    #expect(try first.admin().ask("sync") == "+ok")
    first.kill()
    let daemon = try DaemonProcess(Self.options, in: scratch, failpoint: "before_reserve:5")
    let admin = try daemon.admin()
    #expect(daemon.health.contains("reason=store_opening"), "\(daemon.health)")
    #expect(try admin.ask("state kept") == "+ok forced-open")
    #expect(try admin.ask("allow tripped").hasPrefix("+deny open"))
    #expect(daemon.health.contains("reason=store_opening"), "\(daemon.health)")
    #expect(eventually { daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
  }

  @Test func aDirectoryThatIsRemovedWhileItRuns() throws {
    let scratch = try ScratchDirectory()
    let directory = scratch.file("state")
    let state = directory + "/state.sqlite"
    let first = try DaemonProcess(Self.options, in: scratch, state: state)
    #expect(try first.admin().ask("force early open") == "+ok 1")
    #expect(first.stop() == .exit(0))
    let daemon = try DaemonProcess(Self.options, in: scratch, state: state)
    #expect(try daemon.admin().ask("set before open.duration=8s") == "+ok 1")
    try FileManager.default.removeItem(atPath: directory)
    #expect(try daemon.admin().ask("force noticed open").hasSuffix(" unsaved"))
    try expectDegraded(daemon, "removed")
    #expect(mkdir(directory, 0o700) == 0)
    try expectHealed(daemon, state: state)
    let next = try DaemonProcess(Self.options, in: scratch, state: state)
    let client = try next.admin()
    #expect(try client.ask("state early") == "+ok forced-open")
    #expect(try client.ask("state noticed") == "+ok forced-open")
    #expect(try client.table("show before")["set.open.duration"] == "8s")
  }

  /// Only the file, not what lies beside it.
  @Test func aDatabaseThatIsRemovedWhileItRuns() throws {
    let daemon = try DaemonProcess(Self.options)
    let path = daemon.scratch.file("state.sqlite")
    #expect(try daemon.admin().ask("force early open") == "+ok 1")
    unlink(path)
    #expect(try daemon.admin().ask("force noticed open").hasPrefix("+ok 1"))
    #expect(eventually { FileFacts.exists(path) && daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
    #expect(FileFacts.exists(path + "-wal.lost"))
    #expect(try daemon.admin().ask("sync") == "+ok")
    daemon.kill()
    let next = try DaemonProcess(Self.options, in: daemon.scratch)
    #expect(try next.client().ask("state early") == "+ok forced-open")
    #expect(try next.client().ask("state noticed") == "+ok forced-open")
  }

  /// It opens late: what it holds is applied to what has not been changed meanwhile.
  @Test func aStoreThatOpensLate() throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("state.sqlite")
    let first = try DaemonProcess(Self.options, in: scratch)
    for name in ["counted", "changed", "forgotten", "untouched"] {
      #expect(try first.admin().ask("report \(name) fail").hasPrefix("+ok open"))
    }
    let events = try Lives.events(first.admin()).count
    #expect(first.stop() == .exit(0))
    #expect(try Command(["sqlite3", path, "PRAGMA user_version = 99"]).ending == .exit(0))
    let daemon = try DaemonProcess(Self.options, in: scratch)
    let admin = try daemon.admin()
    #expect(try admin.ask("report counted ok") == "+ok closed")
    #expect(try admin.ask("force changed closed") == "+ok 1 unsaved")
    #expect(try admin.ask("force forgotten closed") == "+ok 1 unsaved")
    #expect(try admin.ask("forget forgotten") == "+ok 1 unsaved")
    let watcher = try daemon.client()
    #expect(try watcher.list("watch").rows.count == 2)
    #expect(try Command(["sqlite3", path, "PRAGMA user_version = 1"]).ending == .exit(0))
    #expect(eventually(within: .seconds(15)) { daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
    func check(_ daemon: DaemonProcess) throws {
      let client = try daemon.admin()
      #expect(try client.ask("state counted").hasPrefix("+ok open"))
      #expect(try client.ask("state untouched").hasPrefix("+ok open"))
      #expect(try client.ask("state changed") == "+ok forced-closed")
      #expect(try client.ask("state forgotten").hasPrefix("-UNKNOWN_NAME"))
      let numbers = try Lives.events(client).compactMap { $0["seq"] }
      #expect(Set(numbers).count == numbers.count)
      #expect(numbers.count == events + 5)
    }
    // Who watches learns of what was not known before.
    let told = try watcher.lines(2).map(fields)
    #expect(Set(told.compactMap { $0["name"] }) == ["counted", "untouched"])
    #expect(told.allSatisfy { $0["to"] == "open" && $0["cause"] == "restored" && $0["for_ms"] != nil }, "\(told)")
    #expect(try admin.ask("sync") == "+ok")
    try check(daemon)
    daemon.kill()
    try check(DaemonProcess(Self.options, in: scratch))
  }

  /// What was changed before it opened stands beside what it holds of the same breaker.
  @Test func aStoreThatOpensLateIsMergedWithWhatWasChanged() throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("state.sqlite")
    let first = try DaemonProcess(Self.options, in: scratch)
    let before = try first.admin()
    for name in ["set", "unset", "tripped", "decided", "again"] {
      #expect(try before.ask("set \(name) open.duration=7s half_open.probes=3 half_open.lease=9s") == "+ok 1")
    }
    for name in ["set", "unset", "decided"] { #expect(try before.ask("force \(name) open") == "+ok 1") }
    #expect(try before.ask("force tripped2 closed") == "+ok 1")
    #expect(first.stop() == .exit(0))
    #expect(try Command(["sqlite3", path, "PRAGMA user_version = 99"]).ending == .exit(0))
    let daemon = try DaemonProcess(Self.options, in: scratch)
    let admin = try daemon.admin()
    for request in [
      "set set open.duration=77s", "set unset half_open.probes=2 open.duration=8s", "unset unset half_open.probes",
      "report tripped fail", "report tripped2 fail", "force decided closed", "set again open.duration=78s",
      "forget again", "set again half_open.lease=10s",
    ] {
      let reply = try admin.ask(request)
      #expect(reply.hasSuffix(" unsaved"), "\(request): \(reply)")
    }
    #expect(try Command(["sqlite3", path, "PRAGMA user_version = 1"]).ending == .exit(0))
    #expect(eventually(within: .seconds(15)) { daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
    func check(_ daemon: DaemonProcess) throws {
      let client = try daemon.admin()
      /// The state, and what is set of duration, probes and lease.
      func expect(_ name: String, _ state: String, _ duration: String?, _ probes: String?, _ lease: String?) throws {
        let shown = try client.table("show \(name)")
        #expect(shown["state"] == state, "\(name)")
        #expect(shown["set.open.duration"] == duration, "\(name)")
        #expect(shown["set.half_open.probes"] == probes, "\(name)")
        #expect(shown["set.half_open.lease"] == lease, "\(name)")
        if let lease { #expect(shown["policy.half_open.lease"] == lease, "\(name)") }
      }
      try expect("set", "forced-open", "77s", "3", "9s")
      try expect("unset", "forced-open", "8s", nil, "9s")
      try expect("tripped", "open", "7s", "3", "9s")
      try expect("tripped2", "forced-closed", nil, nil, nil)
      try expect("decided", "forced-closed", "7s", "3", "9s")
      try expect("again", "closed", nil, nil, "10s")
    }
    try check(daemon)
    #expect(try admin.ask("sync") == "+ok")
    daemon.kill()
    try check(DaemonProcess(Self.options, in: scratch))
  }

  /// The names of breakers that are no more must not pile up while no store takes the news.
  @Test func aStoreThatNeverOpensBoundsWhatCanBeForgotten() throws {
    let scratch = try ScratchDirectory()
    #expect(mkdir(scratch.file("state.sqlite"), 0o700) == 0)
    let daemon = try DaemonProcess(Self.options + ["--log-level", "critical"], in: scratch)
    let admin = try daemon.admin()
    let limit = try #require(Int(admin.table("stats")["breakers_limit"] ?? ""))
    try admin.send((0..<limit).map { "denied a\($0) quiet\n" }.joined())
    #expect(try admin.ask("forget a*") == "+ok \(limit) unsaved")
    #expect(try admin.ask("force b open") == "+ok 1 unsaved")
    #expect(try admin.ask("forget b").hasPrefix("-READ_ONLY \(limit) "))
    #expect(try admin.ask("reset b") == "+ok 1 unsaved")
    #expect(try admin.ask("force a7 open") == "+ok 1 unsaved")
    #expect(try admin.ask("forget b") == "+ok 1 unsaved")
  }
}
