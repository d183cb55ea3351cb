import Testing

/// A limit under load by several processes.
@Suite(.offThePool) struct LimitLoadTests {
  @Test func isNeverExceededAndLosesNoSlot() throws {
    let limit = 3
    let daemon = try DaemonProcess(["--default", "concurrency.limit=\(limit)", "--default", "concurrency.lease=10m"])
    let pipe = try SlotPipe(limit)
    let workers = try CallWorkers(6, calling: "api", for: 2, counting: pipe.descriptor, on: daemon)
    for worker in workers.children { #expect(worker.wait() == .exit(0)) }
    let figures = workers.lines.map(fields)
    func sum(_ key: String) -> Int { figures.compactMap { $0[key].flatMap { Int($0) } }.reduce(0, +) }
    #expect(figures.count == 6)
    #expect(sum("exceeded") == 0, "\(figures)")
    #expect(sum("calls") > 100 && sum("refused") > 0, "\(figures)")
    #expect(pipe.drain() == limit)
    #expect(try eventually { try daemon.admin().table("show api")["calls_out"] == "0" })
    #expect(try daemon.admin().table("stats")["calls_out"] == "0")
  }
}
