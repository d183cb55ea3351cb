import Glibc
import Testing

/// Many processes that hang on one dependency.
@Suite(.offThePool) struct HangingWorkersTests {
  @Test func areNoticedBeforeAnyCallReturns() throws {
    let count = 64
    let daemon = try DaemonProcess([
      "--default", "overdue=2s", "--default", "trip.consecutive_failures=\(count)", "--default", "open.duration=60s",
    ])
    let workers = try CallWorkers(count, holding: "hello 1 bound=yes", "allow api", on: daemon)
    #expect(workers.allPrint("+allow closed "))
    let other = try daemon.client()
    let took = try time {
      // Whoever waits for a call to return waits for ever.
      let isOpen = try eventually { try other.ask("state api").hasPrefix("+ok open ") }
      #expect(isOpen)
    }
    #expect(took < .seconds(3), "\(took)")
    for client in [other, try daemon.admin()] { #expect(try client.ask("allow api").hasPrefix("+deny open ")) }
    let figures = try daemon.admin().table("show api")
    #expect(figures["failed"] == "\(count)" && figures["slow"] == "\(count)" && figures["ok"] == "0", "\(figures)")
    #expect(figures["calls_out"] == "\(count)", "\(figures)")
    #expect(workers.children.allSatisfy { $0.poll() == nil })
    let holders = try other.list("why api").rows.map(fields).filter { $0["event"] == "holding" }
    #expect(holders.count == 8 && holders.allSatisfy { $0["overdue"] == "yes" }, "\(holders)")
    let pids = Set(workers.children.map { "\($0.pid)" })
    #expect(Set(holders.compactMap { $0["pid"] }).isSubset(of: pids), "\(holders)")
  }
}
