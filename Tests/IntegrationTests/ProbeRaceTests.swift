import Synchronization
import Testing

/// However many ask at once, a half-open breaker gives out as many permits as it has probes.
@Suite(.offThePool) struct ProbeRaceTests {
  @Test(arguments: [(probes: 1, rounds: 1_000), (probes: 3, rounds: 100)])
  func `sixty four connections get exactly the probes`(_ race: (probes: Int, rounds: Int)) throws {
    let daemon = try DaemonProcess([
      "--default", "half_open.probes=\(race.probes)", "--default", "half_open.successes=\(race.probes)",
      "--log-level", "error",
    ])
    let threads = 4
    let connections = 16
    let barrier = Barrier(threads)
    let permits = Mutex<[Int]>(Array(repeating: 0, count: race.rounds))
    try onThreads(threads) { thread in
      let clients = try (0..<connections).map { _ in try daemon.client() }
      let admin = try daemon.admin()
      for round in 0..<race.rounds {
        if thread == 0 {
          try admin.send("force api open\nrelease api\n")
          #expect(try admin.lines(2) == ["+ok 1", "+ok 1"])
        }
        try barrier.wait()
        for client in clients { try client.send("allow api\n") }
        let replies = try clients.map { try $0.line() }
        let allowed = replies.count { $0.hasPrefix("+allow half-open ") }
        #expect(replies.count { $0.hasPrefix("+deny half-open retry_ms=") } == connections - allowed, "\(replies)")
        permits.withLock { $0[round] += allowed }
        try barrier.wait()
      }
    }
    #expect(permits.withLock { $0 } == Array(repeating: race.probes, count: race.rounds))
  }
}
