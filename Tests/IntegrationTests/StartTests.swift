import Foundation
import Glibc
import Testing

/// Starting where somebody else is, or was.
@Suite struct StartTests {
  /// A second daemon, which must fail.
  private func start(_ socket: String, _ adminSocket: String, _ state: String) throws -> Command {
    try Command([DaemonProcess.program, "--socket", socket, "--admin-socket", adminSocket, "--state", state])
  }

  @Test func `the same state or socket is refused and the first is undisturbed`() throws {
    let first = try DaemonProcess()
    let client = try first.client()
    let (one, other) = (first.scratch, try ScratchDirectory())
    let paths = ["breakerd.sock", "admin.sock", "state.sqlite"]
    for shared in [[0, 1, 2], [0], [1], [2]] {
      let chosen = (0..<3).map { shared.contains($0) ? one.file(paths[$0]) : other.file(paths[$0]) }
      let second = try start(chosen[0], chosen[1], chosen[2])
      #expect(second.ending == .exit(69), "\(shared): \(second.error)")
      #expect(second.error.contains("process \(first.pid)") && second.error.contains(one.path), "\(second.error)")
      #expect(try client.ask("ping") == "+ok pong")
      #expect(first.isWell)
      for name in paths { #expect(!FileFacts.exists(other.file(name)), "\(shared) left \(name)") }
    }
  }

  @Test func `the sockets of akilled daemon are replaced`() throws {
    let first = try DaemonProcess()
    first.child.kill(SIGKILL)
    #expect(first.child.wait() == .signal(SIGKILL))
    #expect(FileFacts.exists(first.socket) && FileFacts.exists(first.adminSocket))
    let second = try DaemonProcess(in: first.scratch)
    #expect(second.isWell)
  }

  @Test(arguments: [true, false])
  func `somebody elses socket is not replaced`(_ isBusy: Bool) throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("s")
    let foreign = try UnixAddress.listen(on: path)
    // With a full backlog, a connection is neither accepted nor refused.
    var waiting: [LineClient] = []
    if isBusy {
      #expect(listen(foreign.number, 0) == 0)
      waiting.append(try LineClient(path))
    }
    let daemon = try start(path, scratch.file("a"), scratch.file("state"))
    #expect(daemon.ending == .exit(69) && daemon.error.contains(path), "\(daemon.error)")
    #expect(FileFacts.mode(path).map { $0 & S_IFMT } == S_IFSOCK)
    if !isBusy { _ = try LineClient(path) }
    withExtendedLifetime((foreign, waiting)) {}
  }

  @Test func `what is no socket is not touched`() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write("file", "precious")
    let folder = scratch.file("folder")
    mkdir(folder, 0o700)
    let link = scratch.file("link")
    symlink(file, link)
    for path in [file, folder, link] {
      for (socket, admin) in [(path, scratch.file("s")), (scratch.file("s"), path)] {
        let before = FileFacts.mode(path)
        let daemon = try start(socket, admin, scratch.file("state"))
        #expect(daemon.ending == .exit(73), "\(path): \(daemon.error)")
        #expect(daemon.error.contains("\(path) is there and is no socket"), "\(daemon.error)")
        #expect(FileFacts.mode(path) == before)
        #expect(!FileFacts.exists(scratch.file("s")))
      }
    }
    #expect(FileFacts.text(file) == "precious")
  }

  @Test func `paths that cannot be used are named`() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write("file", "")
    let long = scratch.file(String(repeating: "x", count: 120))
    for (socket, blamed) in [(long, long), (file + "/s", file), ("/proc/nowhere/s", "/proc/nowhere")] {
      let daemon = try start(socket, scratch.file("a"), scratch.file("state"))
      #expect(daemon.ending == .exit(73) && daemon.error.contains(blamed), "\(daemon.error)")
    }
  }

  /// Where others may put or move files, they could take the place of the daemon.
  @Test func `directories that others can write to are refused`() throws {
    let scratch = try ScratchDirectory()
    let directory = scratch.file("d")
    mkdir(directory, 0o700)
    let paths = [directory + "/s", scratch.file("a"), scratch.file("state")]
    func starts(_ number: Int) throws -> Command {
      let chosen = (0..<3).map { paths[($0 + number) % 3] }
      return try start(chosen[0], chosen[1], chosen[2])
    }
    for number in 0..<3 {
      for mode: mode_t in [0o777, 0o770, 0o702] {
        chmod(directory, mode)
        let daemon = try starts(number)
        #expect(daemon.ending == .exit(73), "\(daemon.error)")
        #expect(daemon.error.contains("\(directory) belongs to user \(geteuid()) with mode "), "\(daemon.error)")
      }
      guard geteuid() == 0 else { continue }
      chmod(directory, 0o700)
      chown(directory, Stranger().uid, 0)
      #expect(try starts(number).ending == .exit(73))
      chown(directory, 0, 0)
    }
    // As in /tmp: others may add files, and not move ours.
    chmod(directory, 0o1777)
    let child = try ChildProcess(
      [DaemonProcess.program, "--socket", paths[0], "--admin-socket", paths[1], "--state", paths[2]])
    #expect(eventually { (try? LineClient(paths[0]).ask("ping")) == "+ok pong" })
    child.kill(SIGTERM)
    #expect(child.wait() == .exit(0))
  }

  @Test func `both sockets on one path are refused`() throws {
    let scratch = try ScratchDirectory()
    let daemon = try start(scratch.file("s"), scratch.file("s"), scratch.file("state"))
    #expect(daemon.ending == .exit(64), "\(String(describing: daemon.ending))")
    #expect(daemon.error.contains(scratch.file("s")), "\(daemon.error)")
  }

  @Test func `restarts follow each other`() throws {
    let scratch = try ScratchDirectory()
    for round in 0..<20 {
      let daemon = try DaemonProcess(in: scratch)
      let client = try daemon.client()
      #expect(try client.ask("allow api").hasPrefix("+allow closed "))
      if round % 3 == 2 {
        daemon.child.kill(SIGKILL)
        #expect(daemon.child.wait() == .signal(SIGKILL))
      } else {
        #expect(daemon.stop() == .exit(0))
      }
    }
  }
}
