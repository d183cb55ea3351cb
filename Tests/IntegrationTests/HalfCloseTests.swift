import Testing

/// The end of a client's input means "no more requests": what was asked is answered all the same.
@Suite(.offThePool) struct HalfCloseTests {
  private static let script = "allow api\nreport api fail\nstate api\n"

  private func expectThreeReplies(_ lines: [String]) {
    #expect(lines.count == 3, "\(lines)")
    #expect(lines.first?.hasPrefix("+allow closed ") == true)
    #expect(lines.dropFirst() == ["+ok closed", "+ok closed"])
  }

  @Test func `a half closed connection gets its replies`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    try client.send(Self.script)
    client.endInput()
    expectThreeReplies(try client.rest())
  }

  @Test(arguments: StreamTool.installed)
  func `printf piped into a tool prints three replies`(_ tool: StreamTool) throws {
    let daemon = try DaemonProcess()
    let run = try Command(
      ["sh", "-c", "printf 'allow api\\nreport api fail\\nstate api\\n' | \"$@\"", "sh"] + tool.command(daemon.socket))
    #expect(run.ending == .exit(0), "\(run.error)")
    expectThreeReplies(run.output.split(separator: "\n").map(String.init))
  }

  @Test func `a half closed connection gets many replies`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    // More than one turn, more than one read, and more replies than the socket takes at once.
    let count = 20_000
    try client.send((0..<count).map { "@\($0) ping\n" }.joined())
    client.endInput()
    let replies = try client.rest()
    #expect(replies == (0..<count).map { "+@\($0) ok pong" })
  }

  @Test func `a half closed glob act is answered`() throws {
    let daemon = try DaemonProcess(["--log-level", "error"])
    let admin = try daemon.admin()
    try admin.send((0..<2_500).map { "report b\($0) fail quiet\n" }.joined())
    try admin.send("reset *\nping\n")
    admin.endInput()
    #expect(try admin.rest() == ["+ok 2500", "+ok pong"])
  }

  /// Also if it never reads a reply.
  @Test(arguments: ["", "hello 1 client=test\n", "hello 1\nping\nping\n"])
  func `what a client sent before it closed is carried out`(_ greeting: String) throws {
    let daemon = try DaemonProcess()
    let count = 5_000
    do {
      let client = try daemon.client()
      try client.send(greeting + String(repeating: "report api ok quiet\n", count: count))
    }
    let other = try daemon.client()
    #expect(try other.ask("report api ignore").hasPrefix("+ok "))
    #expect(try eventually { try other.table("show api")["ok"] == "\(count)" })
  }

  @Test func `half a line at the end is an error`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    try client.send("ping\nreport api fa")
    client.endInput()
    let lines = try client.rest()
    #expect(lines.count == 2)
    #expect(lines.last?.hasPrefix("-BAD_ARGUMENT ") == true)
    #expect(try daemon.client().ask("state api").hasPrefix("-UNKNOWN_NAME "))
  }
}
