import Foundation
import Glibc
import Testing

/// Whatever comes in, there is a clear error or an end, and everybody else goes on.
@Suite(.offThePool) struct HostileInputTests {
  private static let name = String(repeating: "n", count: 100)

  /// A line of so many bytes that is a request; longer ones than 1024 are refused whatever they say.
  private static func line(of length: Int) -> String {
    let start = "report api ok ?x="
    return start + String(repeating: "x", count: length - start.utf8.count)
  }

  /// What is sent, what the reply begins with, and whether the connection ends after it.
  struct Case: CustomTestStringConvertible {
    let title: String
    let bytes: [UInt8]
    let reply: String
    let ends: Bool

    init(_ title: String, _ bytes: [UInt8], _ reply: String, ends: Bool = false) {
      (self.title, self.bytes, self.reply, self.ends) = (title, bytes, reply, ends)
    }

    init(_ title: String, _ text: String, _ reply: String, ends: Bool = false) {
      self.init(title, Array(text.utf8), reply, ends: ends)
    }

    var testDescription: String { title }
  }

  static let cases = [
    Case("garbage", "\u{1}\u{2}\u{3}\n", "-BAD_VERB '%01%02%03' is no verb"),
    Case("NULs", [0, 0, 0, 10], "-BAD_VERB '%00%00%00'"),
    Case("a NUL in a name", Array("allow a".utf8) + [0, 10], "-BAD_NAME "),
    Case("invalid UTF-8 as a verb", [0xFF, 0xFE, 0x20, 0xC0, 10], "-BAD_VERB '%FF%FE'"),
    Case("invalid UTF-8 as a name", Array("allow ".utf8) + [0xC3, 0x28, 10], "-BAD_NAME '%C3("),
    Case("invalid UTF-8 in a value", Array("hello 1 client=".utf8) + [0xC3, 0x28, 10], "-BAD_OPTION "),
    Case("a control byte by escape", "hello 1 client=a%0Ab\n", "-BAD_OPTION "),
    Case("an empty line", "\n", "-BAD_VERB empty line"),
    Case("CRLF alone", "\r\n", "-BAD_VERB empty line"),
    Case("only a tag", "@t\n", "-@t BAD_VERB only a tag"),
    Case("a tag too long", "@\(String(repeating: "t", count: 33)) ping\n", "-BAD_ARGUMENT a tag is"),
    Case("two spaces", "allow  api\n", "-BAD_ARGUMENT one space"),
    Case("a space at the end", "ping \n", "-BAD_ARGUMENT one space"),
    Case("a name too long", "allow \(name)n\n", "-BAD_NAME "),
    Case("a capital verb", "ALLOW api\n", "-BAD_VERB 'ALLOW' is no verb: did you mean 'allow'?"),
    Case("another version", "hello 2\n", "-BAD_VERSION max=1"),
    Case("1024 bytes", line(of: 1_024) + "\n", "+ok closed"),
    Case("1024 bytes and CRLF", line(of: 1_024) + "\r\n", "+ok closed"),
    Case("1025 bytes", line(of: 1_025) + "\n", "!TOO_LONG ", ends: true),
    Case("1025 bytes and CRLF", line(of: 1_025) + "\r\n", "!TOO_LONG ", ends: true),
    Case("1027 bytes without an end", line(of: 1_027), "!TOO_LONG ", ends: true),
    Case("a megabyte without an end", String(repeating: "x", count: 1 << 20), "!TOO_LONG ", ends: true),
    Case("HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "!NOT_THIS_PROTOCOL ", ends: true),
    Case("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "!NOT_THIS_PROTOCOL ", ends: true),
    Case("a TLS hello", [22, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 10], "-BAD_VERB "),
  ]

  @Test func `each is told what is wrong and nobody else is disturbed`() throws {
    let daemon = try DaemonProcess()
    let bystander = try daemon.client()
    for bad in Self.cases {
      let client = try daemon.client()
      // The daemon may end the connection before it has taken everything.
      _ = try? client.send(bad.bytes)
      let reply = try client.line()
      #expect(reply.hasPrefix(bad.reply), "\(bad.title): \(reply)")
      if bad.ends {
        #expect(try client.rest() == [], "\(bad.title)")
      } else {
        #expect(try client.ask("ping") == "+ok pong", "\(bad.title)")
      }
      #expect(try bystander.ask("allow other").hasPrefix("+allow closed "), "\(bad.title)")
    }
    #expect(daemon.isWell)
  }

  @Test func `a too long line in a pipeline ends it after the replies before it`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    try client.send("@1 ping\n@2 " + Self.line(of: 1_025) + "\n@3 ping\n")
    let lines = try client.rest()
    #expect(lines.count == 2)
    #expect(lines.first == "+@1 ok pong" && lines.last?.hasPrefix("!TOO_LONG ") == true)
  }

  @Test func `a line of 1025 bytes may still end`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    try client.send(Self.line(of: 1_024) + "\r")
    usleep(20_000)
    try client.send("\n")
    #expect(try client.line() == "+ok closed")
  }

  @Test(arguments: ["ping\n", "list\n", "help\n", "@0123456789 report api nonsense\n"])
  func `a client that never reads is not read from`(_ line: String) throws {
    let daemon = try DaemonProcess()
    let other = try daemon.client()
    try other.send((0..<1_000).map { "report b\($0) ok quiet\n" }.joined())
    #expect(try other.ask("ping") == "+ok pong")
    let before = daemon.memory
    let million = Array(String(repeating: line, count: 1_000_000).utf8)
    let deaf = try (0..<4).map { _ in try daemon.client() }
    for client in deaf { #expect(try client.offer(million, within: .milliseconds(300)) < million.count) }
    for _ in 0..<200 { #expect(try other.ask("allow other").hasPrefix("+allow closed ")) }
    // What the kernel holds is not the daemon's; a megabyte for each is more than generous.
    #expect(daemon.memory - before < 16 << 20, "grew by \(daemon.memory - before)")
    let used = daemon.processorTime
    usleep(500_000)
    #expect(daemon.processorTime - used < .milliseconds(200), "it spins")
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["BREAKERD_SLOW_TESTS"] != nil,
      "takes half a minute: set BREAKERD_SLOW_TESTS to run it"))
  func `a client that takes nothing for half a minute is closed`() async throws {
    let daemon = try DaemonProcess()
    let deaf = try daemon.client()
    _ = try deaf.offer(Array(String(repeating: "help\n", count: 100_000).utf8), within: .milliseconds(200))
    for _ in 0..<50 {
      if try daemon.client().table("stats")["connections_stalled"] == "1" { break }
      // Not a pause of the thread, which other tests need meanwhile.
      try await Task.sleep(for: .seconds(1))
    }
    #expect(try daemon.client().table("stats")["connections_stalled"] == "1")
    #expect(throws: LineClient.Failure.self) { try deaf.offer(Array("ping\n".utf8), within: .seconds(1)) }
  }

  @Test func `a client that does not read for a while gets everything in order`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    let requests = Array((0..<60_000).map { "@\($0) ping\n" }.joined().utf8)
    let sent = try client.offer(requests, within: .milliseconds(300))
    try client.send(Array(requests[sent...]))
    for number in 0..<60_000 {
      let reply = try client.line()
      guard reply == "+@\(number) ok pong" else {
        Issue.record("reply \(number): \(reply)")
        return
      }
    }
  }

  @Test func `many clients that come and go leave nothing behind`() throws {
    let daemon = try DaemonProcess()
    try onThreads(4) { _ in
      for round in 0..<250 {
        let client = try daemon.client()
        switch round % 5 {
        case 0: break
        case 1: try client.send("allow api")
        case 2: try client.send("allow api\n")
        case 3: _ = try? client.send(String(repeating: "list\n", count: 2_000))
        default: #expect(try client.ask("ping") == "+ok pong")
        }
      }
    }
    let admin = try daemon.admin()
    #expect(try eventually { try admin.table("stats")["connections"] == "1" })
    #expect(daemon.isWell)
  }
}
