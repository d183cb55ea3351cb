import Glibc
import Testing

/// What nobody uses any more goes by itself.
@Suite(.offThePool) struct ForgettingTests {
  private static let options = [
    "--default", "forget_after=50ms", "--default", "trip.consecutive_failures=2", "--default", "open.jitter=0%",
  ]

  @Test func idleBreakersGoAndNoOthers() throws {
    let daemon = try DaemonProcess(Self.options)
    let admin = try daemon.admin()
    let watcher = try daemon.client()
    #expect(try watcher.ask("watch") == "*0")
    #expect(try admin.ask("report idle ok") == "+ok closed")
    #expect(try admin.ask("report failed-once fail") == "+ok closed")
    #expect(try admin.ask("force released open") == "+ok 1")
    #expect(try admin.ask("reset released") == "+ok 1")
    for _ in 0..<2 { _ = try admin.ask("report open fail") }
    #expect(try admin.ask("force forced closed") == "+ok 1")
    #expect(try admin.ask("set overridden open.duration=1ms") == "+ok 1")
    #expect(try admin.ask("set half open.duration=1ms") == "+ok 1")
    for _ in 0..<2 { _ = try admin.ask("report half fail") }
    #expect(eventually { (try? admin.ask("state half")) == "+ok half-open" })
    #expect(try admin.ask("unset half open.duration") == "+ok 1")
    #expect(try admin.ask("state half") == "+ok half-open")
    #expect(try admin.ask("sync") == "+ok")

    var left: Set<String> = []
    let isDone = try eventually(within: .seconds(15)) {
      #expect(try admin.ask("allow used").hasPrefix("+allow closed "))
      let rows = try admin.list("list").rows
      left = Set(rows.compactMap { fields($0)["name"] })
      return left.count <= 4
    }
    #expect(isDone && left == ["used", "open", "forced", "overridden"], "\(left)")
    var told: Set<String> = []
    while told.count < 4, try watcher.hasLine(within: .seconds(5)) {
      let line = try watcher.line()
      if line.hasPrefix("> forgotten ") { told.insert(fields(line)["name"] ?? "") }
    }
    #expect(told == ["idle", "failed-once", "released", "half"], "\(told)")
    #expect(try admin.table("stats")["forgotten_total"] == "4")
    #expect(try admin.ask("sync") == "+ok")
    daemon.kill()
    let next = try DaemonProcess(in: daemon.scratch)
    let names = try next.client().list("list").rows.compactMap { fields($0)["name"] }
    #expect(Set(names).isDisjoint(with: told) && Set(names).isSuperset(of: ["open", "forced", "overridden"]))
  }

  @Test func aPermitThatIsOutKeepsIt() throws {
    let daemon = try DaemonProcess(
      Self.options + ["--default", "open.duration=1ms", "--default", "half_open.lease=60s"])
    let client = try daemon.client()
    for name in ["held", "gone"] {
      for _ in 0..<2 { _ = try client.ask("report \(name) fail") }
      #expect(eventually { (try? client.ask("state \(name)")) == "+ok half-open" })
    }
    let token = try client.ask("allow held").split(separator: " ")[2]
    #expect(eventually { (try? client.ask("state gone"))?.hasPrefix("-UNKNOWN_NAME") == true })
    #expect(try client.ask("report held ok \(token)").hasPrefix("+ok closed"))
  }

  @Test func aSlotThatIsOutKeepsIt() throws {
    let daemon = try DaemonProcess(Self.options + ["--default", "concurrency.limit=1"])
    let client = try daemon.client()
    let token = try client.ask("allow held").split(separator: " ")[2]
    #expect(try client.ask("allow gone").hasPrefix("+allow closed "))
    #expect(try client.ask("report gone ok") == "+ok closed")
    #expect(eventually { (try? client.ask("state gone"))?.hasPrefix("-UNKNOWN_NAME") == true })
    #expect(try client.ask("allow held") == "+deny saturated")
    #expect(try client.ask("report held ok \(token)") == "+ok closed")
  }

  @Test func offKeepsAll() throws {
    let daemon = try ConfiguredDaemon(
      """
      defaults: {forget_after: off}
      breakers: [{match: "tmp-*", forget_after: 10ms}]
      """)
    let client = try daemon.process.client()
    for name in ["tmp-1", "kept"] { #expect(try client.ask("report \(name) ok") == "+ok closed") }
    #expect(eventually { (try? client.ask("state tmp-1"))?.hasPrefix("-UNKNOWN_NAME") == true })
    #expect(try client.ask("state kept") == "+ok closed")
    // A reload says what is forgotten from then on.
    #expect(try daemon.reload("defaults: {forget_after: 10ms}") == "+ok 1")
    #expect(eventually { (try? client.ask("state kept"))?.hasPrefix("-UNKNOWN_NAME") == true })
  }
}
