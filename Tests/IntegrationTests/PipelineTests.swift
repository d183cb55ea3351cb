import Testing

/// Many requests in one write: replies in order, one a request, none for quiet ones.
@Suite(.offThePool) struct PipelineTests {
  @Test func `ten thousand tagged requests are answered in order`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    let count = 10_000
    let requests = (0..<count).map { number in
      switch number % 4 {
      case 0: "@\(number) ping\n"
      case 1: "@\(number) allow api\n"
      case 2: "@\(number) report api ok\n"
      default: "@\(number) nonsense\n"
      }
    }
    try client.send(requests.joined())
    for (number, reply) in try client.lines(count).enumerated() {
      let expected = [
        "+@\(number) ok pong", "+@\(number) allow closed ", "+@\(number) ok closed", "-@\(number) BAD_VERB ",
      ]
      guard reply.hasPrefix(expected[number % 4]) else {
        Issue.record("reply \(number): \(reply)")
        return
      }
    }
    #expect(try client.ask("@last ping") == "+@last ok pong")
  }

  @Test func `quiet reports answer nothing and their errors shift nothing`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    let requests = [
      "report api ok quiet", "@a ping", "report api fail quiet", "@b report api nonsense quiet", "denied api n=3 quiet",
      "@c report api ok n=0 quiet", "report api ok 1.1 quiet", "@d allow api nonsense", "@e state api",
    ]
    try client.send(requests.map { $0 + "\n" }.joined())
    let replies = try client.lines(5)
    #expect(replies[0] == "+@a ok pong")
    #expect(replies[1].hasPrefix("~@b BAD_ARGUMENT "))
    #expect(replies[2].hasPrefix("~@c BAD_OPTION "))
    #expect(replies[3].hasPrefix("-@d BAD_ARGUMENT "))
    #expect(replies[4] == "+@e ok closed")
    let figures = try client.table("show api")
    #expect(figures["ok"] == "1" && figures["failed"] == "1" && figures["refused"] == "3" && figures["stale"] == "1")
  }

  @Test func `one byte at a time is a line like any other`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    for byte in "@t allow api\r\n".utf8 { try client.send([byte]) }
    #expect(try client.line().hasPrefix("+@t allow closed "))
  }

  @Test func `quit is answered and nothing after it`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    try client.send("@1 ping\n@2 quit\n@3 ping\n")
    #expect(try client.rest() == ["+@1 ok pong", "+@2 ok bye"])
  }
}
