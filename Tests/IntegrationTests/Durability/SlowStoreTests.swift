import Glibc
import Testing

/// A disk that takes ten seconds for each commit stops nobody.
@Suite(.offThePool) struct SlowStoreTests {
  private static let options = ["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"]

  /// Calls and quiet reports of a worker; how long they took.
  private func work(_ daemon: DaemonProcess, _ name: String) throws -> Duration {
    let client = try daemon.client()
    return try time {
      for round in 0..<200 {
        try client.send((0..<20).map { "report \(name)-\(round * 20 + $0) fail quiet\nallow \(name)\n" }.joined())
        #expect(try client.lines(20).allSatisfy { $0.hasPrefix("+allow closed ") })
      }
    }
  }

  @Test func decisionsGoOnAtFullSpeed() throws {
    let usual = try DaemonProcess(Self.options)
    let slow = try DaemonProcess(Self.options, failpoint: "before_commit:10")
    #expect(try slow.client().ask("report first fail").hasSuffix(" unsaved"))
    let ofUsual = try work(usual, "usual")
    try onThreads(2) { number in
      let ofSlow = try work(slow, "slow\(number)")
      // Two at once share a processor; the point is that nobody waits for seconds.
      #expect(ofSlow < ofUsual * 6 + .seconds(1), "\(ofSlow) instead of \(ofUsual)")
    }
    // It takes a while until the disk has done what was asked.
    #expect(try slow.admin().table("stats")["changes_waiting"] != "0")
  }

  @Test func whoWaitsForTheDiskWaitsBoundedAndInOrder() throws {
    let daemon = try DaemonProcess(Self.options, failpoint: "before_commit:10")
    try onThreads(6) { number in
      let client = try daemon.admin()
      switch number {
      case 0:
        // A report waits 20 ms, and what comes after it on its connection with it.
        for round in 0..<20 {
          try client.send("report trip\(round) fail\nallow trip\(round)\nallow other\n")
          let took = try time {
            let reply = try client.line()
            #expect(reply.hasPrefix("+ok open retry_ms=") && reply.hasSuffix(" unsaved"), "\(reply)")
          }
          #expect(took > .milliseconds(10) && took < .milliseconds(500), "\(took)")
          #expect(try client.line().hasPrefix("+deny open"))
          #expect(try client.line().hasPrefix("+allow closed"))
        }
      case 1, 2, 3:
        // An admin and `sync` wait 5 s.
        let (request, reply) = [
          ("force f open for=1h", "+ok 1 unsaved"), ("set s open.duration=9s", "+ok 1 unsaved"),
          ("sync", "+ok unsaved"),
        ][number - 1]
        try daemon.admin().send("report tripped-\(number) fail quiet\n")
        #expect(eventually { (try? client.ask("state tripped-\(number)"))?.hasPrefix("+ok open") == true })
        try client.send("\(request)\n@after ping\n")
        let took = try time {
          let line = try client.line()
          #expect(line == reply)
        }
        #expect(took > .milliseconds(4_900) && took < .milliseconds(6_500), "\(request) took \(took)")
        #expect(try client.line() == "+@after ok pong")
      case 4:
        // Waiting, and gone.
        for round in 0..<6 {
          let gone = try daemon.admin()
          try gone.send("force gone\(round) open\nallow late\(round)\n")
          if round.isMultiple(of: 2) { gone.endInput() }
        }
        #expect(eventually(within: .seconds(8)) { (try? client.ask("state late1"))?.hasPrefix("+ok closed") == true })
      default:
        // Others do not notice.
        for _ in 0..<200 {
          let took = try time {
            let line = try client.ask("allow quick")
            #expect(line.hasPrefix("+allow closed "))
          }
          #expect(took < .milliseconds(400), "\(took)")
        }
      }
    }
    #expect(daemon.isWell)
    let took = time { #expect(daemon.stop(within: .seconds(9)) == .exit(0)) }
    #expect(took < .seconds(8), "\(took)")
  }

  /// Whoever does not wait for its reply keeps no place from others, and all that it has sent is carried out.
  @Test func anAdminWhoIsGoneLeavesItsPlaceAtOnce() throws {
    let daemon = try DaemonProcess(Self.options, failpoint: "before_commit:10")
    for round in 0..<16 {
      let gone = try daemon.admin()
      try gone.send("force gone\(round) open\nallow late\(round)\n")
      #expect(eventually { (try? daemon.client().ask("state gone\(round)")) == "+ok forced-open" })
    }
    let isIn = eventually(within: .seconds(2)) { (try? daemon.admin().ask("ping")) == "+ok pong" }
    #expect(isIn)
    // Not only when the disk is done, or five seconds have passed.
    #expect(eventually(within: .seconds(2)) { (try? daemon.client().ask("state late15")) == "+ok closed" })
    daemon.kill()
  }

  @Test func aCommitOfMoreThanASecondIsTold() throws {
    let daemon = try DaemonProcess(Self.options, failpoint: "before_commit:3")
    // What the start itself writes.
    #expect(eventually { daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
    try daemon.client().send("report api fail quiet\n")
    #expect(eventually(within: .milliseconds(900)) { (try? daemon.client().ask("state api")) != "+ok closed" })
    #expect(daemon.health.hasPrefix("+ok healthy"), "\(daemon.health)")
    #expect(eventually(within: .seconds(2)) { daemon.health.hasPrefix("+ok degraded reason=store_slow ") })
    #expect(eventually(within: .seconds(8)) { daemon.health.hasPrefix("+ok healthy") }, "\(daemon.health)")
    daemon.kill()
  }

  /// While a reply waits nothing is read, but at the end of its input NIO hands over all that the kernel held.
  @Test(.enabled(if: geteuid() == 0, "so much takes a buffer in the kernel that only root gets"))
  func whatAClientSendsWhileItWaitsIsBounded() throws {
    let daemon = try DaemonProcess(Self.options, failpoint: "before_commit:10")
    for (size, isTaken) in [(400_000, true), (600_000, false)] {
      let client = try LineClient(daemon.adminSocket, kernelRoom: 8_000_000)
      try client.send("force f\(size) open\n")
      #expect(eventually { (try? daemon.client().ask("state f\(size)")) == "+ok forced-open" })
      try client.send(String(repeating: "report api ok quiet\n", count: size / 20))
      client.endInput()
      let took = try time {
        let lines = try client.rest()
        #expect(lines == (isTaken ? ["+ok 1 unsaved"] : []))
      }
      #expect(isTaken || took < .seconds(2), "\(took)")
    }
    #expect(try daemon.client().table("stats")["connections_stalled"] == "1")
    #expect(try daemon.client().table("show api")["ok"] == "20000")
    daemon.kill()
  }
}
