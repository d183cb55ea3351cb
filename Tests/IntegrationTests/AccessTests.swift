import Glibc
import Testing

/// Who may do what: the lesser of what the socket and the credentials give.
@Suite struct AccessTests {
  static let adminRequests = [
    "reset *", "force api open", "release *", "set api open.duration=1s", "unset api open.duration", "forget *",
    "reload", "clients", "loglevel debug", "backup",
  ]

  @Test(arguments: ["umask 0", "umask 077"])
  func `the sockets have their modes whatever the umask`(_ umask: String) throws {
    let daemon = try DaemonProcess(prelude: umask)
    #expect(FileFacts.permissions(daemon.socket) == 0o660)
    #expect(FileFacts.permissions(daemon.adminSocket) == 0o600)
  }

  @Test func `directories that are missing are made for the user alone`() throws {
    let scratch = try ScratchDirectory()
    let daemon = try ChildProcess([
      DaemonProcess.program, "--socket", scratch.file("a/b/s"), "--admin-socket", scratch.file("c/s"), "--state",
      scratch.file("d/e/f/state"),
    ])
    #expect(eventually { (try? LineClient(scratch.file("c/s")).ask("ping")) == "+ok pong" })
    for path in ["a", "a/b", "c", "d", "d/e", "d/e/f"] {
      #expect(FileFacts.permissions(scratch.file(path)) == 0o700, "\(path)")
    }
    daemon.kill(SIGTERM)
    #expect(daemon.wait() == .exit(0))
  }

  @Test func `the socket for everybody gives the role use`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    #expect(fields(try client.ask("hello 1"))["role"] == "use")
    for request in Self.adminRequests {
      let reply = try client.ask(request)
      #expect(reply.hasPrefix("-FORBIDDEN ") && reply.contains(daemon.adminSocket), "\(request): \(reply)")
    }
    // The list above is whole.
    let verbs = try client.list("help").rows.filter { $0.hasSuffix("(admin)") }
    #expect(verbs.count == Self.adminRequests.count, "\(verbs)")
  }

  @Test func `the socket for admins gives the role admin`() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    #expect(fields(try admin.ask("hello 1"))["role"] == "admin")
    #expect(try admin.ask("allow api").hasPrefix("+allow closed "))
    for request in Self.adminRequests {
      let (header, _) = try admin.list(request)
      #expect(header.hasPrefix("+ok") || header.hasPrefix("*"), "\(request): \(header)")
    }
  }

  @Test func `hello tells what a client needs`() throws {
    let daemon = try DaemonProcess()
    let reply = fields(try daemon.client().ask("hello 1 client=test/1.0 ?later=x"))
    #expect(reply["version"]?.isEmpty == false && reply["epoch"]?.count == 16 && reply["max_line"] == "1024")
    #expect(reply["board"] != nil)
    let again = try DaemonProcess()
    #expect(fields(try again.client().ask("hello 1"))["epoch"] != reply["epoch"])
  }

  @Test(.enabled(if: Stranger.isPossible && StreamTool.any != nil, Stranger.unless))
  func `another user is no admin even on the admin socket`() throws {
    let daemon = try DaemonProcess()
    let stranger = Stranger()
    let tool = try #require(StreamTool.any)
    chmod(daemon.scratch.path, 0o755)
    func ask(_ socket: String) throws -> Command {
      try Command(stranger.command(tool.command(socket)), input: "hello 1\nallow api\nreset *\n")
    }
    #expect(try ask(daemon.socket).ending != .exit(0), "the mode keeps strangers out")
    for socket in [daemon.socket, daemon.adminSocket] {
      chmod(socket, 0o666)
      let lines = try ask(socket).output.split(separator: "\n").map(String.init)
      #expect(lines.count == 3, "\(lines)")
      #expect(fields(lines.first ?? "")["role"] == "use")
      #expect(lines.dropFirst().first?.hasPrefix("+allow closed ") == true)
      let refusal = lines.last ?? ""
      #expect(refusal.hasPrefix("-FORBIDDEN ") && refusal.contains("you are uid \(stranger.uid) "), "\(refusal)")
      #expect(refusal.contains("root") && refusal.contains(daemon.adminSocket), "\(refusal)")
    }
    let row = try daemon.admin().list("clients").rows.first ?? ""
    #expect(fields(row)["uid"] == "\(getuid())")
  }
}
