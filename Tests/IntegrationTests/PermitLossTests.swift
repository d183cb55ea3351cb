import Glibc
import Testing

/// What becomes of the permit of a client that vanishes.
@Suite(.offThePool) struct PermitLossTests {
  /// A daemon with a half-open breaker `api`, whose permits last for `lease`.
  private func halfOpen(lease: String = "60s") throws -> DaemonProcess {
    let daemon = try DaemonProcess(["--default", "half_open.lease=\(lease)"])
    let admin = try daemon.admin()
    #expect(try admin.ask("force api open") == "+ok 1")
    #expect(try admin.ask("release api") == "+ok 1")
    return daemon
  }

  private func takesThePermit(_ client: LineClient) throws -> Bool {
    try client.ask("allow api").hasPrefix("+allow half-open ")
  }

  @Test func `a bound connection that closes frees its permit at once`() throws {
    let daemon = try halfOpen()
    let other = try daemon.client()
    for _ in 0..<100 {
      do {
        let holder = try daemon.client()
        #expect(try holder.ask("hello 1 bound=yes").hasPrefix("+ok "))
        #expect(try takesThePermit(holder))
        #expect(try other.ask("allow api").hasPrefix("+deny half-open "))
      }
      #expect(try eventually { try takesThePermit(other) })
      #expect(try other.ask("report api ignore") == "+ok half-open")
    }
    let figures = try daemon.admin().table("show api")
    #expect(figures["failed"] == "0" && figures["lapsed"] == "0" && figures["permits_out"] == "0", "\(figures)")
  }

  @Test func `a bound connection only half closed frees its permit too`() throws {
    let daemon = try halfOpen()
    let holder = try daemon.client()
    try holder.send("hello 1 bound=yes\nallow api\n")
    holder.endInput()
    #expect(try holder.rest().count == 2)
    let other = try daemon.client()
    #expect(try eventually { try takesThePermit(other) })
  }

  @Test(.enabled(if: StreamTool.any != nil, "neither socat nor nc nor python3 is installed"))
  func `a process that is killed frees its permit at once`() throws {
    let daemon = try halfOpen()
    let tool = try #require(StreamTool.any)
    let scratch = try ScratchDirectory()
    let input = try Descriptor.pipe("in", in: scratch)
    let process = try ChildProcess(
      tool.command(daemon.socket), input: input.reader, output: .open(scratch.file("out"), O_WRONLY | O_CREAT))
    try input.writer.write("hello 1 bound=yes\nallow api\n")
    #expect(eventually { FileFacts.text(scratch.file("out")).contains("+allow half-open ") })
    let other = try daemon.client()
    #expect(try other.ask("allow api").hasPrefix("+deny half-open "))
    process.kill(SIGKILL)
    #expect(process.wait() == .signal(SIGKILL))
    #expect(try eventually { try takesThePermit(other) })
  }

  @Test func `an unbound permit outlives its connection and counts as a failure at the end of its lease`() throws {
    let daemon = try halfOpen(lease: "3s")
    do {
      let holder = try daemon.client()
      #expect(try takesThePermit(holder))
    }
    let other = try daemon.client()
    #expect(try eventually { try daemon.admin().table("stats")["connections"] == "2" })
    #expect(try other.ask("allow api").hasPrefix("+deny half-open "))
    // Nobody asks: the timer lets the lease lapse.
    #expect(eventually { daemon.errors.contains("cause=lease_lapsed") })
    #expect(try other.ask("state api").hasPrefix("+ok open retry_ms="))
    #expect(try daemon.admin().table("show api")["lapsed"] == "1")
  }

  @Test func `the token of an unbound permit can be settled on another connection`() throws {
    let daemon = try halfOpen()
    let allowed = try daemon.client().ask("allow api")
    let token = try #require(allowed.split(separator: " ").dropFirst(2).first)
    #expect(try daemon.client().ask("report api ok \(token)").hasPrefix("+ok closed"))
    #expect(try daemon.client().ask("report api ok \(token)") == "+ok stale")
  }

  @Test func `a connection holding many permits frees all of them`() throws {
    let daemon = try DaemonProcess(["--log-level", "error"])
    let admin = try daemon.admin()
    let names = (0..<3_000).map { "b\($0)" }
    try admin.send(names.map { "force \($0) open\n" }.joined())
    #expect(try admin.lines(names.count).allSatisfy { $0 == "+ok 1" })
    #expect(try admin.ask("release *") == "+ok 3000")
    do {
      let holder = try daemon.client()
      #expect(try holder.ask("hello 1 bound=yes").hasPrefix("+ok "))
      try holder.send(names.map { "allow \($0)\n" }.joined())
      #expect(try holder.lines(names.count).allSatisfy { $0.hasPrefix("+allow half-open ") })
    }
    let other = try daemon.client()
    for name in names.reversed() {
      #expect(try eventually { try other.ask("allow \(name)").hasPrefix("+allow half-open ") })
    }
  }
}
