import Glibc
import Testing

/// Too many of anything: who is too many is told so, everybody else goes on.
@Suite struct LimitTests {
  private func isBusy(_ client: LineClient) throws -> Bool {
    let lines = try client.rest()
    return lines.count == 1 && lines.first?.hasPrefix("!BUSY ") == true
  }

  @Test func `too many connections are told and admins have places of their own`() throws {
    let daemon = try DaemonProcess(prelude: "ulimit -n 80")
    let limit = try #require(Int(daemon.admin().table("stats")["connections_limit"] ?? ""))
    #expect(limit > 10 && limit < 80)
    var clients = try (0..<limit).map { _ in try daemon.client() }
    for client in clients { #expect(try client.ask("ping") == "+ok pong") }
    for _ in 0..<100 { #expect(try isBusy(daemon.client())) }
    let used = daemon.processorTime
    usleep(500_000)
    #expect(daemon.processorTime - used < .milliseconds(100), "it spins")
    // Admins still come in, all of them.
    let admins = try (0..<16).map { _ in try daemon.admin() }
    for admin in admins { #expect(try admin.ask("health").hasPrefix("+ok healthy ")) }
    for _ in 0..<20 { #expect(try isBusy(daemon.admin())) }
    for client in clients { #expect(try client.ask("allow api").hasPrefix("+allow closed ")) }
    clients.removeLast()
    #expect(eventually { daemon.isWell })
    #expect(Int(try admins[0].table("stats")["connections_refused"] ?? "") ?? 0 >= 120)
  }

  @Test func `seventeen admins are one too many`() throws {
    let daemon = try DaemonProcess()
    var admins = try (0..<16).map { _ in try daemon.admin() }
    // The harness has connected too, and its connection may be on its way out.
    let allIn = try eventually {
      for index in admins.indices where (try? admins[index].ask("ping")) == nil { admins[index] = try daemon.admin() }
      return admins.allSatisfy { (try? $0.ask("ping")) == "+ok pong" }
    }
    #expect(allIn)
    #expect(try isBusy(daemon.admin()))
    #expect(daemon.isWell)
    admins.removeLast()
    #expect(eventually { (try? daemon.admin().ask("ping")) == "+ok pong" })
  }

  @Test(.enabled(if: Command.find("prlimit") != nil, "prlimit is not installed"))
  func `running out of descriptors does not spin and ends`() throws {
    let daemon = try DaemonProcess()
    let before = try daemon.client()
    #expect(try before.ask("ping") == "+ok pong")
    #expect(try Command(["prlimit", "--pid", "\(daemon.pid)", "--nofile=5:1024"]).ending == .exit(0))
    let waiting = try (0..<5).map { _ in try daemon.client() }
    for client in waiting { try client.send("ping\n") }
    usleep(300_000)
    let used = daemon.processorTime
    for _ in 0..<100 {
      #expect(try before.ask("allow api").hasPrefix("+allow closed "))
      usleep(10_000)
    }
    #expect(daemon.processorTime - used < .milliseconds(300), "it spins")
    #expect(eventually { daemon.errors.contains("raise the limit on open files") })
    #expect(try Command(["prlimit", "--pid", "\(daemon.pid)", "--nofile=1024:1024"]).ending == .exit(0))
    for client in waiting { #expect(try client.line() == "+ok pong") }
  }

  @Test func `a full table never stops traffic`() throws {
    let daemon = try DaemonProcess(["--log-level", "error"])
    let admin = try daemon.admin()
    let limit = try #require(Int(admin.table("stats")["breakers_limit"] ?? ""))
    for start in stride(from: 0, to: limit, by: 10_000) {
      try admin.send((start..<min(start + 10_000, limit)).map { "denied b\($0) quiet\n" }.joined())
    }
    #expect(try admin.ask("health").hasPrefix("+ok degraded reason=breakers_full breakers=\(limit) "))
    #expect(try admin.ask("allow one-more") == "+allow unmanaged")
    #expect(try admin.ask("report one-more fail").hasPrefix("-FULL "))
    #expect(try admin.ask("force one-more open").hasPrefix("-FULL "))
    #expect(try admin.ask("set one-more open.duration=1s").hasPrefix("-FULL "))
    try admin.send("denied one-more quiet\n")
    #expect(try admin.line().hasPrefix("~FULL "))
    #expect(try admin.ask("report b7 fail") == "+ok closed")
    #expect(try admin.ask("forget b99*").hasPrefix("+ok "))
    #expect(try admin.ask("allow one-more").hasPrefix("+allow closed "))
  }
}
