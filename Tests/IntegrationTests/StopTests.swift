import Foundation
import Glibc
import Testing

/// SIGTERM and SIGINT: replies are finished, everybody is told, nothing is left behind.
@Suite struct StopTests {
  @Test(arguments: [SIGTERM, SIGINT])
  func `connected clients are told and the sockets go`(_ signal: CInt) throws {
    let daemon = try DaemonProcess()
    let clients = try (0..<20).map { _ in try daemon.client() } + [daemon.admin()]
    for client in clients { #expect(try client.ask("ping") == "+ok pong") }
    #expect(daemon.stop(signal) == .exit(0), "\(daemon.errors)")
    for client in clients {
      let lines = try client.rest()
      #expect(lines.count == 1 && lines.first?.hasPrefix("!SHUTTING_DOWN ") == true, "\(lines)")
    }
    #expect(!FileFacts.exists(daemon.socket) && !FileFacts.exists(daemon.adminSocket))
    #expect(daemon.errors.contains("stopped"))
  }

  @Test func `all of the database is in one file`() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    #expect(try admin.ask("force api open") == "+ok 1")
    let log = daemon.scratch.file("state.sqlite-wal")
    #expect(FileFacts.exists(log))
    try admin.send("report other ok quiet\n")
    #expect(try admin.ask("ping") == "+ok pong")
    #expect(daemon.stop() == .exit(0))
    #expect(!FileFacts.exists(log))
    let next = try DaemonProcess(in: daemon.scratch)
    #expect(try next.client().ask("state api") == "+ok forced-open")
    #expect(try next.client().ask("state other") == "+ok closed")
  }

  @Test func `what has been received is answered`() throws {
    let daemon = try DaemonProcess(["--log-level", "error"])
    let admin = try daemon.admin()
    let count = 8_000
    try admin.send((0..<count).map { "report b\($0) ok quiet\n" }.joined() + "ping\n")
    #expect(try admin.line() == "+ok pong")
    // One read brings all of it, and the first answer takes many turns.
    try admin.send("reset *\n" + (0..<100).map { "@\($0) ping\n" }.joined())
    #expect(try eventually { try daemon.client().table("stats")["requests_total"].flatMap(Int.init) ?? 0 > count + 1 })
    daemon.child.kill(SIGTERM)
    let lines = try admin.rest()
    #expect(Array(lines.dropLast()) == ["+ok \(count)"] + (0..<100).map { "+@\($0) ok pong" })
    #expect(lines.last?.hasPrefix("!SHUTTING_DOWN ") == true)
    #expect(daemon.child.wait() == .exit(0))
  }

  @Test func `a pipeline that is cut off is cut off between two replies`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    let count = 20_000
    let sent = try client.offer(Array((0..<count).map { "@\($0) ping\n" }.joined().utf8), within: .milliseconds(50))
    #expect(sent > 0)
    daemon.child.kill(SIGTERM)
    let lines = try client.rest()
    #expect(lines.last?.hasPrefix("!SHUTTING_DOWN ") == true, "\(lines.last ?? "nothing")")
    #expect(Array(lines.dropLast()) == (0..<max(lines.count - 1, 0)).map { "+@\($0) ok pong" })
    #expect(daemon.child.wait() == .exit(0))
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a client that never reads does not hold it up`(_ signal: CInt) throws {
    let daemon = try DaemonProcess()
    let deaf = try daemon.client()
    _ = try deaf.offer(Array(String(repeating: "help\n", count: 100_000).utf8), within: .milliseconds(200))
    #expect(daemon.isWell)
    let length = time { #expect(daemon.stop(signal) == .exit(0)) }
    #expect(length < .seconds(4))
    #expect(!FileFacts.exists(daemon.socket))
  }

  @Test func `a flood does not hold it up`() throws {
    let daemon = try DaemonProcess()
    try onThreads(2) { thread in
      guard thread == 0 else {
        usleep(200_000)
        #expect(daemon.stop() == .exit(0))
        return
      }
      let flood = try daemon.client()
      let bytes = Array(String(repeating: "allow api\n", count: 5_000).utf8)
      while (try? flood.send(bytes)) != nil {}
    }
  }

  @Test func `signals that come twice or early do no harm`() throws {
    let scratch = try ScratchDirectory()
    for round in 0..<10 {
      let child = try ChildProcess([DaemonProcess.program] + DaemonProcess.paths(in: scratch))
      usleep(UInt32(round) * 8_000)
      child.kill(SIGTERM)
      child.kill(SIGTERM)
      let ending = child.wait()
      // Before it listens for signals it ends as any process does.
      #expect(ending == .exit(0) || ending == .signal(SIGTERM), "\(round): \(String(describing: ending))")
    }
    let daemon = try DaemonProcess(in: scratch)
    #expect(daemon.isWell)
  }

  @Test func `a file that has taken the place of the socket stays`() throws {
    let daemon = try DaemonProcess()
    let kept = try daemon.client()
    let foreign = try UnixAddress.listen(on: daemon.scratch.file("foreign"))
    #expect(rename(daemon.scratch.file("foreign"), daemon.socket) == 0)
    unlink(daemon.adminSocket)
    _ = try daemon.scratch.write("admin.sock", "somebody else's")
    #expect(try kept.ask("ping") == "+ok pong")
    #expect(daemon.stop() == .exit(0))
    #expect(FileFacts.exists(daemon.socket))
    #expect(FileFacts.text(daemon.adminSocket) == "somebody else's")
    withExtendedLifetime(foreign) {}
  }
}
