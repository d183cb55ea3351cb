import Glibc
import Testing

/// One user of the host cannot take what is there for all.
@Suite(.enabled(if: Stranger.isPossible && Stranger.hasPython, Stranger.unless)) struct UserLimitTests {
  /// Opens so many connections, asks on each, and prints the first words of what comes.
  private static let crowd = """
    import socket, sys
    path, count, request = sys.argv[1], int(sys.argv[2]), sys.argv[3] + "\\n"
    crowd = []
    for _ in range(count):
        one = socket.socket(socket.AF_UNIX)
        one.connect(path)
        try: one.sendall(request.encode())
        except OSError: pass
        crowd.append(one)
    for one in crowd: print(one.makefile().readline().strip())
    sys.stdout.flush()
    sys.stdin.read()
    """

  /// Makes breakers, and prints the last answer and how many were made.
  private static let names = """
    import socket, sys
    one = socket.socket(socket.AF_UNIX)
    one.connect(sys.argv[1])
    one.sendall("".join(f"report {sys.argv[2]}{n} ok\\n" for n in range(int(sys.argv[3]))).encode())
    one.shutdown(socket.SHUT_WR)
    lines = one.makefile().read().splitlines()
    print(sum(line == "+ok closed" for line in lines))
    print(lines[-1])
    """

  private func start(_ configuration: String) throws -> ConfiguredDaemon {
    let daemon = try ConfiguredDaemon(configuration)
    #expect(chmod(daemon.process.scratch.path, 0o755) == 0 && chmod(daemon.process.socket, 0o666) == 0)
    return daemon
  }

  @Test func `nobody takes all connections`() throws {
    let daemon = try start("daemon: {max_connections: 20}").process
    let stranger = Stranger()
    let (input, writer) = try Descriptor.pipe("in", in: daemon.scratch)
    let output = daemon.scratch.file("out")
    let crowd = try ChildProcess(
      stranger.command([Stranger.python, "-c", Self.crowd, daemon.socket, "30", "ping"]), input: input,
      output: .open(output, O_WRONLY | O_CREAT))
    #expect(eventually { FileFacts.text(output).split(separator: "\n").count == 30 })
    let lines = FileFacts.text(output).split(separator: "\n")
    #expect(lines.filter { $0 == "+ok pong" }.count == 18, "\(lines)")
    let refused = lines.filter { $0.hasPrefix("!BUSY uid \(stranger.uid) has 18 connections, ") }
    #expect(refused.count == 12, "\(lines)")
    let others = try (0..<2).map { _ in try daemon.client() }
    for client in others { #expect(try client.ask("allow api").hasPrefix("+allow closed ")) }
    #expect(try daemon.client().rest().first?.hasPrefix("!BUSY there are 20 connections ") == true)
    // Those that go make room.
    try writer.write("")
    crowd.kill(SIGTERM)
    #expect(crowd.wait() != nil)
    #expect(eventually { (try? daemon.client().ask("ping")) == "+ok pong" })
  }

  @Test func `nobody takes all names`() throws {
    let daemon = try start("daemon: {max_breakers: 300}").process
    func make(_ prefix: String, _ count: Int, by stranger: Stranger) throws -> [String] {
      let run = try Command(stranger.command([Stranger.python, "-c", Self.names, daemon.socket, prefix, "\(count)"]))
      #expect(run.ending == .exit(0), "\(run)")
      return run.output.split(separator: "\n").map(String.init)
    }
    let greedy = Stranger()
    let all = try #require(try make("greedy", 400, by: greedy).pair)
    #expect(
      all.0 == "270" && all.1.hasPrefix("-FULL there are 270 breakers, 270 of them made for uid \(greedy.uid)"),
      "\(all)")
    // Each of the others has a few.
    for number in 0..<2 {
      let few = try #require(try make("other\(number)-", 5, by: Stranger()).pair)
      #expect(few.0 == "3" && few.1.hasPrefix("-FULL "), "\(few)")
    }
    // What is forgotten is no longer its.
    #expect(try daemon.admin().ask("forget greedy1*") == "+ok 111")
    #expect(try make("again", 200, by: greedy).first == "105")
    #expect(try daemon.admin().ask("list limit=1").hasPrefix("*1 "))
    for number in 0..<20 { #expect(try daemon.admin().ask("force admin\(number) open") == "+ok 1") }
  }

  @Test func `a crowd of one user takes its share of a turn`() throws {
    let daemon = try start("defaults: {}").process
    let (input, writer) = try Descriptor.pipe("in", in: daemon.scratch)
    let requests = Array(repeating: "report crowd ok", count: 2_000).joined(separator: "\n")
    let crowd = try ChildProcess(
      Stranger().command([Stranger.python, "-c", Self.crowd, daemon.socket, "200", requests]), input: input)
    let (client, admin) = (try daemon.client(), try daemon.admin())
    for _ in 0..<500 {
      #expect(try client.ask("allow other").hasPrefix("+allow closed "))
      #expect(try admin.ask("health").hasPrefix("+ok "))
    }
    // All of the crowd is answered, in order, in the end.
    let isDone = try eventually(within: .seconds(60)) {
      try admin.table("stats")["requests_total"].flatMap { Int($0) } ?? 0 >= 200 * 2_000
    }
    #expect(isDone)
    try writer.write("")
    crowd.kill(SIGTERM)
    #expect(crowd.wait() != nil)
    #expect(eventually { (try? admin.table("stats")["connections"]) == "2" })
    #expect(daemon.isWell)
  }

  @Test func `who is no admin does not keep admins from their socket`() throws {
    let daemon = try start("daemon: {admins: {users: [root]}}").process
    #expect(chmod(daemon.adminSocket, 0o666) == 0)
    let (input, writer) = try Descriptor.pipe("in", in: daemon.scratch)
    let output = daemon.scratch.file("out")
    let crowd = try ChildProcess(
      Stranger().command([Stranger.python, "-c", Self.crowd, daemon.adminSocket, "20", "ping"]), input: input,
      output: .open(output, O_WRONLY | O_CREAT))
    #expect(eventually { FileFacts.text(output).split(separator: "\n").count == 20 })
    let lines = FileFacts.text(output).split(separator: "\n")
    #expect(lines.count { $0 == "+ok pong" } == 4, "\(lines)")
    #expect(lines.count { $0.hasPrefix("!BUSY there are 4 connections on this socket") } == 16, "\(lines)")
    #expect(try daemon.admin().ask("force api open") == "+ok 1")
    withExtendedLifetime((writer, crowd)) {}
  }

  @Test func `who is an observer only looks`() throws {
    let stranger = Stranger()
    let daemon = try start("daemon: {observers: {users: [\(stranger.uid)]}}").process
    func ask(_ request: String) throws -> String {
      try Command(
        stranger.command([Stranger.python, "-c", Self.crowd, daemon.socket, "1", request]), input: ""
      ).output
    }
    #expect(try daemon.client().ask("allow api").hasPrefix("+allow closed"))
    let hello = try ask("hello 1")
    #expect(hello.contains(" role=observe "), "\(hello)")
    #expect(try ask("state api").hasPrefix("+ok closed"))
    for request in ["allow api", "report api fail", "denied api n=3"] {
      let reply = try ask(request)
      #expect(reply.hasPrefix("-FORBIDDEN ") && reply.contains("daemon.observers"), "\(reply)")
    }
    #expect(try daemon.client().table("show api")["failed"] == "0")
  }

  @Test func `the breakers of one user do not take all places for calls`() throws {
    let daemon = try start("defaults: {concurrency: {limit: 1000, lease: 10m}}").process
    let script = """
      import socket, sys, threading
      one = socket.socket(socket.AF_UNIX)
      one.connect(sys.argv[1])
      def read():
          global last
          for line in one.makefile(): last = line
      reader = threading.Thread(target=read); reader.start()
      for n in range(460): one.sendall("".join(f"allow hog-{n}\\n" for _ in range(1000)).encode())
      one.shutdown(socket.SHUT_WR); reader.join(); print(last.strip())
      """
    let hog = try Command(Stranger().command([Stranger.python, "-c", script, daemon.socket]), within: .seconds(60))
    #expect(hog.output.hasPrefix("+deny saturated"), "\(hog.output) \(hog.error)")
    #expect(try daemon.client().ask("allow other").hasPrefix("+allow closed "))
    #expect(try daemon.client().table("stats")["calls_out"] == "450001")
  }
}

extension [String] {
  /// Its two elements; nil if it has others.
  fileprivate var pair: (String, String)? { count == 2 ? (self[0], self[1]) : nil }
}
