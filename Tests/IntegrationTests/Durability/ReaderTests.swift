import Synchronization
import Testing

/// Who reads events keeps no change from the disk.
@Suite(.offThePool) struct ReaderTests {
  private static let options = [
    "--default", "trip.consecutive_failures=1", "--default", "open.duration=600s", "--log-level", "error",
  ]

  /// A daemon with so many events that a fruitless search takes long.
  private func daemonWithEvents() throws -> DaemonProcess {
    let daemon = try DaemonProcess(Self.options)
    let client = try daemon.client()
    try client.send((0..<12_000).map { "report n\($0) fail quiet\n" }.joined())
    #expect(try client.ask("sync") == "+ok")
    return daemon
  }

  private func expectSaved(_ daemon: DaemonProcess, _ name: String) throws {
    let admin = try daemon.admin()
    for number in 0..<10 {
      var reply = ""
      let took = try time { reply = try admin.ask("force \(name)\(number) open") }
      #expect(reply == "+ok 1")
      #expect(took < .milliseconds(800), "\(took)")
    }
  }

  @Test func manyWhoReadAllTheTime() throws {
    let daemon = try daemonWithEvents()
    let isOver = Atomic(false)
    let pages = Atomic(0)
    try onThreads(41) { number in
      guard number > 0 else {
        defer { isOver.store(true, ordering: .relaxed) }
        #expect(eventually { pages.load(ordering: .relaxed) > 0 })
        return try expectSaved(daemon, "f")
      }
      let client = try daemon.client()
      while !isOver.load(ordering: .relaxed) {
        let header = try client.list("events zzz* limit=1").header
        #expect(header.hasPrefix("*0 cursor="), "\(header)")
        pages.add(1, ordering: .relaxed)
      }
    }
    #expect(pages.load(ordering: .relaxed) >= 40)
  }

  @Test func manyWhoAskAndAreGone() throws {
    let daemon = try daemonWithEvents()
    for _ in 0..<300 { try daemon.client().send("events zzz* limit=1\n") }
    try expectSaved(daemon, "f")
    // Their places are free.
    #expect(eventually(within: .seconds(2)) { (try? daemon.admin().table("stats")["connections"]) == "1" })
    // What they had sent after it is carried out.
    try daemon.client().send("events zzz*\nevents zzz*\nreport behind fail quiet\n")
    #expect(eventually { (try? daemon.client().ask("state behind"))?.hasPrefix("+ok open") == true })
  }

  @Test func noMoreWaitThanThereIsRoomFor() throws {
    let daemon = try DaemonProcess(Self.options, failpoint: "before_commit:10")
    #expect(try daemon.client().ask("report busy fail").hasSuffix(" unsaved"))
    let clients = try (0..<70).map { _ in try daemon.client() }
    for client in clients { try client.send("events\n") }
    let refused = try clients.filter { try $0.hasLine(within: .milliseconds(20)) }
    // One user has nine tenths of 64.
    #expect(refused.count == 12)
    for client in refused { #expect(try client.line().hasPrefix("-INTERNAL too many requests wait for the store")) }
    // An admin is not kept out.
    let admin = try daemon.admin()
    try admin.send("events\n")
    #expect(try !admin.hasLine(within: .milliseconds(100)))
  }
}
