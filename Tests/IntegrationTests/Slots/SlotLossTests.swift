import Glibc
import Testing

/// What becomes of slots whose holders, or whose daemon, vanish.
@Suite(.offThePool) struct SlotLossTests {
  private static let limit = 50

  private func daemon(lease: String = "10m", in scratch: ScratchDirectory? = nil) throws -> DaemonProcess {
    try DaemonProcess(
      ["--default", "concurrency.limit=\(Self.limit)", "--default", "concurrency.lease=\(lease)"], in: scratch)
  }

  private func callsOut(_ daemon: DaemonProcess) throws -> String? { try daemon.admin().table("show api")["calls_out"] }

  /// Takes all slots there should be, and finds no more.
  private func takeAll(_ client: LineClient) throws -> [String] {
    let replies = try (0..<Self.limit).map { _ in try client.ask("allow api") }
    #expect(replies.allSatisfy { $0.hasPrefix("+allow closed ") }, "\(replies)")
    #expect(try client.ask("allow api") == "+deny saturated")
    return replies.map { String($0.split(separator: " ")[2]) }
  }

  @Test func processesThatAreKilledFreeAllTheirsAtOnce() throws {
    let daemon = try daemon()
    let holders = try CallWorkers(Self.limit, holding: "hello 1 bound=yes", "allow api", on: daemon)
    #expect(holders.allPrint("+allow closed "))
    let other = try daemon.client()
    #expect(try other.ask("allow api") == "+deny saturated")
    holders.kill()
    #expect(try eventually { try callsOut(daemon) == "0" })
    _ = try takeAll(other)
    let figures = try daemon.admin().table("show api")
    #expect(figures["failed"] == "0" && figures["lapsed"] == "0", "\(figures)")
  }

  @Test func connectionsThatAreClosedFreeAllTheirsAtOnce() throws {
    let daemon = try daemon()
    let other = try daemon.client()
    do {
      let holders = try (0..<Self.limit).map { _ in try daemon.client() }
      for holder in holders {
        #expect(try holder.ask("hello 1 bound=yes").hasPrefix("+ok "))
        #expect(try holder.ask("allow api").hasPrefix("+allow closed "))
      }
      #expect(try other.ask("allow api") == "+deny saturated")
    }
    #expect(try eventually { try callsOut(daemon) == "0" })
    _ = try takeAll(other)
  }

  @Test func whoIsNotBoundKeepsItsUntilTheLeaseEnds() throws {
    let daemon = try daemon(lease: "2s")
    let other = try daemon.client()
    let begin = ContinuousClock.now
    let holders = try CallWorkers(2, holding: "allow api", on: daemon)
    #expect(holders.allPrint("+allow closed "))
    let bound = try CallWorkers(1, holding: "hello 1 bound=yes", "allow api lease=10m", on: daemon)
    #expect(bound.allPrint("+allow closed "))
    holders.kill()
    bound.kill()
    #expect(try eventually { try callsOut(daemon) == "2" })
    let rows = try other.list("why api").rows.map(fields).filter { $0["event"] == "holding" }
    #expect(rows.count == 2 && rows.allSatisfy { $0["gone"] == "yes" && $0["bound"] == "no" }, "\(rows)")
    #expect(try eventually { try callsOut(daemon) == "0" })
    #expect(ContinuousClock.now - begin >= .seconds(2))
    let figures = try daemon.admin().table("show api")
    #expect(figures["failed"] == "0" && figures["lapsed"] == "0", "\(figures)")
  }

  @Test func aDaemonThatIsKilledLosesNoneForGood() throws {
    let first = try daemon()
    let admin = try first.admin()
    // So that the breaker, with its generation, is known to the next daemon.
    #expect(try admin.ask("force api closed") == "+ok 1")
    #expect(try admin.ask("release api") == "+ok 1")
    let old = try takeAll(admin)
    for token in old[20...] { #expect(try admin.ask("report api ok \(token)") == "+ok closed") }
    let pipe = try SlotPipe(30)
    let load = try CallWorkers(4, calling: "api", for: 30, counting: pipe.descriptor, on: first)
    #expect(try eventually { try first.admin().table("show api")["ok"].flatMap { Int($0) } ?? 0 > 500 })
    first.kill()
    for child in load.children { #expect(child.wait() != nil) }
    let next = try daemon(in: first.scratch)
    let client = try next.client()
    #expect(try client.ask("state api") == "+ok closed")
    let new = try takeAll(client)
    #expect(new.first?.split(separator: ".").first == old.first?.split(separator: ".").first)
    for token in old { #expect(try client.ask("report api ok \(token)") == "+ok stale") }
    #expect(try client.ask("allow api") == "+deny saturated")
    for token in new { #expect(try client.ask("report api ok \(token)") == "+ok closed") }
    #expect(try callsOut(next) == "0")
  }
}
