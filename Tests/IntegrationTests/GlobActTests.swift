import Glibc
import Synchronization
import Testing

/// Acts on many breakers go in slices: the session that asked waits, nobody else does.
@Suite(.offThePool) struct GlobActTests {
  /// A daemon with so many breakers, `a0`…, a tenth of them named `b…`.
  private func crowded(_ count: Int = 5_000) throws -> DaemonProcess {
    let daemon = try DaemonProcess(["--log-level", "error", "--default", "open.duration=60s"])
    let client = try daemon.client()
    try client.send((0..<count).map { "report \($0 % 10 == 9 ? "b" : "a")\($0) fail quiet\n" }.joined())
    #expect(try client.ask("health").contains(" breakers=\(count) "))
    return daemon
  }

  @Test func `each act tells how many it changed`() throws {
    let daemon = try crowded()
    let admin = try daemon.admin()
    #expect(try admin.ask("reset *") == "+ok 5000")
    #expect(try admin.ask("reset b*") == "+ok 500")
    #expect(try admin.ask("release *") == "+ok 0")
    try admin.send((0..<700).map { "force a\($0) open\n" }.joined())
    #expect(try admin.lines(700).allSatisfy { $0 == "+ok 1" })
    #expect(try admin.ask("release a*") == "+ok 700")
    #expect(try admin.ask("forget a*") == "+ok 4570")
    #expect(try admin.ask("forget a*") == "+ok 0")
    #expect(try admin.ask("reset nobody") == "+ok 0")
    #expect(try admin.ask("health").contains(" breakers=500 "))
    #expect(try admin.ask("forget *").hasPrefix("+ok "))
    #expect(try admin.ask("health").contains(" breakers=0 "))
  }

  @Test func `the act is an event of its own, and each of the many says by which pattern`() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1"])
    let admin = try daemon.admin()
    for name in ["n1", "n2", "other"] { #expect(try admin.ask("report \(name) fail").hasPrefix("+ok open")) }
    #expect(try admin.ask("reset n* why=drill") == "+ok 2")
    #expect(try admin.ask("forget n* why=drill") == "+ok 2")
    #expect(try admin.ask("release n* why=drill") == "+ok 0")
    let acts = try Lives.events(admin).filter { $0["why"] == "drill" }
    #expect(acts.map { $0["event"] } == ["transition", "transition", "reset", "forget", "forget", "forget"])
    #expect(acts.map { $0["glob"] } == Array(repeating: "n*", count: 6))
    #expect(acts.map { $0["changed"] } == [nil, nil, "2", nil, nil, "2"])
    #expect(acts.map { $0["name"] == "*" } == [false, false, true, false, false, true])
    #expect(acts.allSatisfy { $0["uid"] == "\(getuid())" && $0["pid"] == "\(getpid())" })
    // A name is no pattern.
    #expect(try admin.ask("reset other why=one") == "+ok 1")
    let one = try Lives.events(admin).filter { $0["why"] == "one" }
    #expect(one.map { $0["event"] } == ["transition"] && one[0]["glob"] == nil)
  }

  @Test func `a session that waits for its act keeps the order of its replies`() throws {
    let daemon = try crowded()
    let admin = try daemon.admin()
    try admin.send(
      "@1 ping\n@2 reset *\n@3 ping\n@4 forget b*\n@5 reset none*\n@6 ping\n@7 reset * why=a%20drill\n@8 quit\n")
    #expect(
      try admin.rest() == [
        "+@1 ok pong", "+@2 ok 5000", "+@3 ok pong", "+@4 ok 500", "+@5 ok 0", "+@6 ok pong", "+@7 ok 4500",
        "+@8 ok bye",
      ])
  }

  @Test func `others are answered between the slices`() throws {
    let slices = 20
    let daemon = try crowded(slices * 1_000)
    let isOver = Atomic(false)
    let answered = Atomic(0)
    let duringAct = Atomic(0)
    try onThreads(2) { thread in
      if thread == 0 {
        let client = try daemon.client()
        while !isOver.load(ordering: .acquiring) {
          #expect(try client.ask("allow other").hasPrefix("+allow closed "))
          answered.add(1, ordering: .relaxed)
        }
      } else {
        defer { isOver.store(true, ordering: .releasing) }
        let admin = try daemon.admin()
        #expect(eventually { answered.load(ordering: .relaxed) > 10 })
        let before = answered.load(ordering: .relaxed)
        #expect(try admin.ask("reset *") == "+ok \(slices * 1_000 + 1)")
        duringAct.store(answered.load(ordering: .relaxed) - before, ordering: .relaxed)
      }
    }
    // One for each slice, if the machine has nothing else to do.
    #expect(duringAct.load(ordering: .relaxed) >= slices / 4)
  }

  @Test func `an admin who goes away during an act disturbs nobody`() throws {
    let daemon = try crowded()
    for _ in 0..<8 {
      let admin = try daemon.admin()
      try admin.send("reset *\nforget nobody*\n")
    }
    #expect(try eventually(within: .seconds(60)) { try daemon.admin().table("stats")["connections"] == "1" })
    #expect(try daemon.admin().ask("reset *").hasPrefix("+ok 5000"))
  }

  @Test func `deadlines that come together let others through`() async throws {
    let count = 8_000
    let daemon = try DaemonProcess([
      "--log-level", "error", "--default", "open.duration=5s", "--default", "open.jitter=0%", "--default",
      "trip.consecutive_failures=1",
    ])
    let client = try daemon.client()
    try client.send((0..<count).map { "report b\($0) fail quiet\n" }.joined())
    #expect(try client.table("stats")["transitions_total"] == "\(count)")
    // While it stands still, all deadlines come.
    daemon.child.kill(SIGSTOP)
    try await Task.sleep(for: .seconds(5))
    daemon.child.kill(SIGCONT)
    var between: Set<String> = []
    let isDone = try eventually {
      let moved = try client.table("stats")["transitions_total"] ?? ""
      if moved != "\(count)" && moved != "\(2 * count)" { between.insert(moved) }
      return moved == "\(2 * count)"
    }
    #expect(isDone)
    #expect(between.count >= 2)
  }
}
