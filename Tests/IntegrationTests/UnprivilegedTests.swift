import Foundation
import Glibc
import Testing

/// Without options and without root, everything lies in directories of the user's own.
@Suite(.enabled(if: Stranger.isPossible, Stranger.unless))
struct UnprivilegedTests {
  private let stranger = Stranger()

  /// Where the sockets are without `XDG_RUNTIME_DIR`.
  private var directory: String { "/tmp/breakerd-\(stranger.uid)" }

  private func start(_ environment: [String: String] = [:]) throws -> ChildProcess {
    try ChildProcess(
      stranger.command([DaemonProcess.program]), environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
  }

  private func run() throws -> Command {
    try Command(stranger.command([DaemonProcess.program]), environment: ["PATH": "/usr/bin:/bin"])
  }

  private func removeDirectory() { try? FileManager.default.removeItem(atPath: directory) }

  @Test func `a directory of its own is made`() throws {
    defer { removeDirectory() }
    let daemon = try start()
    #expect(eventually { (try? LineClient(directory + "/admin.sock").ask("ping")) == "+ok pong" })
    #expect(FileFacts.permissions(directory) == 0o700)
    #expect(FileFacts.permissions(directory + "/breakerd.sock") == 0o660)
    #expect(FileFacts.permissions(directory + "/admin.sock") == 0o600)
    #expect(try FileManager.default.attributesOfItem(atPath: directory)[.ownerAccountID] as? UInt32 == stranger.uid)
    // The daemon's own user and root are its admins.
    #expect(fields(try LineClient(directory + "/admin.sock").ask("hello 1"))["role"] == "admin")
    let second = try run()
    #expect(second.ending == .exit(69) && second.error.contains("process \(daemon.pid)"), "\(second)")
    daemon.kill(SIGTERM)
    #expect(daemon.wait() == .exit(0))
    #expect(!FileFacts.exists(directory + "/admin.sock"))
  }

  @Test func `its own user is admin`() throws {
    let tool = try #require(StreamTool.any)
    defer { removeDirectory() }
    let daemon = try start()
    #expect(eventually { (try? LineClient(directory + "/admin.sock").ask("ping")) == "+ok pong" })
    let run = try Command(stranger.command(tool.command(directory + "/admin.sock")), input: "hello 1\nreset *\n")
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(fields(lines.first ?? "")["role"] == "admin")
    #expect(lines.last == "+ok 0")
    daemon.kill(SIGTERM)
    #expect(daemon.wait() == .exit(0))
  }

  @Test(arguments: ["somebody else's", "open to others", "a link", "a file"])
  func `a directory that is not its own is refused`(_ kind: String) throws {
    defer { removeDirectory() }
    let elsewhere = try ScratchDirectory()
    switch kind {
    case "somebody else's":
      mkdir(directory, 0o777)
      chmod(directory, 0o777)
    case "open to others":
      mkdir(directory, 0o700)
      chmod(directory, 0o750)
      chown(directory, stranger.uid, stranger.uid)
    case "a link":
      chown(elsewhere.path, stranger.uid, stranger.uid)
      symlink(elsewhere.path, directory)
    default:
      try Data().write(to: URL(fileURLWithPath: directory))
    }
    let run = try run()
    #expect(run.ending == .exit(73), "\(run)")
    #expect(run.error.contains(directory), "\(run.error)")
    #expect(!FileFacts.exists(directory + "/breakerd.sock"))
  }

  @Test func `the runtime and state directories of the user are used`() throws {
    let runtime = try ScratchDirectory()
    let state = try ScratchDirectory()
    for path in [runtime.path, state.path] { chown(path, stranger.uid, stranger.uid) }
    let daemon = try start(["XDG_RUNTIME_DIR": runtime.path, "XDG_STATE_HOME": state.path])
    #expect(eventually { (try? LineClient(runtime.file("breakerd/admin.sock")).ask("ping")) == "+ok pong" })
    #expect(FileFacts.permissions(runtime.file("breakerd")) == 0o700)
    #expect(FileFacts.permissions(state.file("breakerd")) == 0o700)
    #expect(!FileFacts.exists(directory))
    daemon.kill(SIGTERM)
    #expect(daemon.wait() == .exit(0))
  }
}
