import Foundation
import Glibc
import Testing

/// A daemon that a service manager starts: the sockets that it passes, and what it is told.
@Suite struct ServiceTests {
  @Test func `it serves on the sockets that it is passed, and leaves them`() throws {
    let sockets = try PassedSockets()
    // Somebody who comes before the daemon is served by it.
    let early = try LineClient(sockets.scratch.file("breakerd.sock"))
    try early.send("force api open\nallow api\n")
    let daemon = try sockets.start()
    let lines = try early.lines(2)
    #expect(lines[0].hasPrefix("-FORBIDDEN ") && lines[1].hasPrefix("+allow closed "), "\(lines)")
    #expect(try daemon.admin().ask("force api open") == "+ok 1")
    #expect(daemon.stop() == .exit(0), "\(daemon.errors)")
    let between = try LineClient(daemon.socket)
    try between.send("state api\n")
    let next = try sockets.start()
    #expect(try between.line() == "+ok forced-open")
    #expect(next.isWell)
  }

  @Test func `no connection is refused while it is killed and started again`() throws {
    let sockets = try PassedSockets()
    var daemon = try sockets.start()
    for round in 0..<5 {
      #expect(try daemon.admin().ask("force r\(round) open") == "+ok 1")
      daemon.kill()
      let waiting = try (0..<20).map { _ in try LineClient(daemon.socket) }
      for client in waiting { try client.send("state r\(round)\n") }
      daemon = try sockets.start()
      for client in waiting { #expect(try client.line() == "+ok forced-open") }
    }
  }

  @Test(arguments: [
    ("LISTEN_FDNAMES=breakerd.socket:admin", "FileDescriptorName=clients"), ("LISTEN_FDNAMES=clients", "named \"\""),
    ("LISTEN_FDNAMES=admin:admin", "named \"admin\""),
  ])
  func `sockets of other names are refused`(_ names: String, _ text: String) throws {
    let sockets = try PassedSockets()
    #expect { _ = try sockets.start("export \(names)") } throws: { error in
      "\(error)".contains(text) && "\(error)".contains("(exit 73)")
    }
  }

  @Test func `a descriptor that is no listening socket is refused`() throws {
    let sockets = try PassedSockets()
    #expect { _ = try sockets.start(passing: [.open("/dev/null", O_RDWR), sockets.admin]) } throws: { error in
      "\(error)".contains("descriptor 3") && "\(error)".contains("ListenStream=") && "\(error)".contains("(exit 73)")
    }
  }

  @Test func `sockets that are meant for another process are left alone`() throws {
    let sockets = try PassedSockets()
    let other = try ScratchDirectory()
    let daemon = try DaemonProcess(in: other, prelude: "export LISTEN_PID=1 LISTEN_FDS=2", passed: sockets.both)
    #expect(daemon.isWell && FileFacts.exists(other.file("breakerd.sock")))
  }

  @Test func `the service manager is told what it does`() throws {
    let manager = try Manager()
    let daemon = try DaemonProcess(prelude: manager.environment)
    #expect(try manager.next() == "READY=1")
    #expect(try manager.next() == "STATUS=serving")
    #expect(try manager.next() == "WATCHDOG=1")

    #expect(try daemon.admin().ask("reload") == "+ok 0")
    let reloading = try manager.next(but: "WATCHDOG=1").split(separator: "\n")
    #expect(reloading.count == 2 && reloading[0] == "RELOADING=1")
    #expect(Int(reloading[1].dropFirst("MONOTONIC_USEC=".count)) ?? 0 > 0)
    #expect(try manager.next(but: "WATCHDOG=1") == "READY=1")
    daemon.child.kill(SIGHUP)
    #expect(try manager.next(but: "WATCHDOG=1").hasPrefix("RELOADING=1\n"))
    #expect(try manager.next(but: "WATCHDOG=1") == "READY=1")

    #expect(daemon.stop() == .exit(0))
    #expect(try manager.next(but: "WATCHDOG=1") == "STOPPING=1\nSTATUS=saving")
  }

  @Test func `a reload that fails is over all the same`() throws {
    let manager = try Manager()
    let scratch = try ScratchDirectory()
    let file = try scratch.write("breakerd.yaml", "defaults: {}\n")
    let daemon = try DaemonProcess(["--config", file], in: scratch, prelude: manager.environment)
    _ = try scratch.write("breakerd.yaml", "nonsense: 1\n")
    #expect(try daemon.admin().ask("reload").hasPrefix("-BAD_ARGUMENT nothing was changed: "))
    #expect(try manager.next { $0.hasPrefix("RELOADING=1\n") } != "")
    #expect(try manager.next(but: "WATCHDOG=1") == "READY=1")
  }

  @Test func `it says twice in each period that it lives, and not to another process`() throws {
    let manager = try Manager(watchdog: 400_000)
    let daemon = try DaemonProcess(prelude: manager.environment)
    for _ in 0..<5 { #expect(try manager.next { $0 == "WATCHDOG=1" } != "") }
    #expect(daemon.stop() == .exit(0))
    let others = try Manager(watchdog: 1_000)
    let other = try DaemonProcess(prelude: others.environment + " WATCHDOG_PID=1")
    #expect(other.stop() == .exit(0))
    while let text = try? others.next() { #expect(text != "WATCHDOG=1") }
  }

  /// A daemon that is stopped says nothing, which is what the watchdog is for; a store that hangs is no reason to die.
  @Test func `a store that hangs is told of, and it lives`() throws {
    let manager = try Manager(watchdog: 400_000)
    let daemon = try DaemonProcess(prelude: manager.environment, failpoint: "before_commit:3")
    try daemon.admin().send("force api open\n")
    #expect(try manager.next { $0.contains("store_slow") } == "STATUS=serving, degraded: store_slow")
    for _ in 0..<3 { #expect(try manager.next { $0 == "WATCHDOG=1" } != "") }
  }

  @Test func `a socket that is removed is noticed`() throws {
    let manager = try Manager(watchdog: 400_000)
    let daemon = try DaemonProcess(prelude: manager.environment)
    let (client, admin) = (try daemon.client(), try daemon.admin())
    #expect(unlink(daemon.socket) == 0)
    #expect(try client.ask("health").hasPrefix("+ok degraded reason=socket_gone "))
    #expect(try manager.next { $0.hasPrefix("STATUS=serving, ") } == "STATUS=serving, degraded: socket_gone")
    #expect(eventually { daemon.errors.contains("a socket is no longer where it was") })
    #expect(unlink(daemon.adminSocket) == 0)
    // Another socket in its place is none of ours.
    let foreign = try UnixAddress.listen(on: daemon.socket)
    #expect(try admin.ask("health").hasPrefix("+ok degraded reason=socket_gone reason=admin_socket_gone "))
    #expect(daemon.stop() == .exit(0))
    #expect(FileFacts.exists(daemon.socket))
    _ = foreign
  }
}

/// Two listening sockets, and daemons that are passed them.
private struct PassedSockets {
  let scratch: ScratchDirectory
  let clients: Descriptor
  let admin: Descriptor
  var both: [Descriptor] { [clients, admin] }

  init() throws {
    scratch = try ScratchDirectory()
    clients = try UnixAddress.listen(on: scratch.file("breakerd.sock"))
    admin = try UnixAddress.listen(on: scratch.file("admin.sock"))
  }

  func start(_ more: String = "true", passing sockets: [Descriptor]? = nil) throws -> DaemonProcess {
    let environment = "export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=clients:admin"
    return try DaemonProcess(in: scratch, prelude: "\(environment); \(more)", passed: sockets ?? both)
  }
}

/// The end of a service manager at which it hears from services.
private struct Manager {
  private let scratch: ScratchDirectory
  private let ear: Descriptor
  private let watchdog: Int

  init(watchdog: Int = 60_000_000) throws {
    scratch = try ScratchDirectory()
    self.watchdog = watchdog
    let ear = Descriptor(socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
    guard try UnixAddress(scratch.file("notify")).with({ bind(ear.number, $0, $1) }) == 0 else {
      throw SystemError("bind")
    }
    self.ear = ear
  }

  var environment: String { "export NOTIFY_SOCKET=\(scratch.file("notify")) WATCHDOG_USEC=\(watchdog)" }

  /// What it is told next, this apart.
  func next(but text: String? = nil) throws -> String { try next { $0 != text } }

  /// The next that it is told of this kind.
  func next(where isWanted: (String) -> Bool) throws -> String {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    for _ in 0..<1_000 {
      var ready = pollfd(fd: ear.number, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 10_000) == 1 else { break }
      let count = recv(ear.number, &bytes, bytes.count, 0)
      let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
      if isWanted(text) { return text }
    }
    throw SystemError("nothing was told in time", ETIMEDOUT)
  }
}
