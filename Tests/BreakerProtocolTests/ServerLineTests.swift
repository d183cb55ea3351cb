import BreakerProtocol
import Testing

@Suite struct ServerLineTests {
  private func parts(_ text: String) -> [String]? {
    var text = text
    return text.withUTF8 { bytes in
      ServerLine(Bytes(bytes)).map { ["\($0.kind)", String(decoding: $0.tag, as: UTF8.self), $0.text] }
    }
  }

  @Test(arguments: [
    ("+@7f allow closed 123", ["reply", "@7f", "allow closed 123"]),
    ("+ok", ["reply", "", "ok"]),
    ("+@7f", ["reply", "@7f", ""]),
    ("-@7f FULL too many", ["error", "@7f", "FULL too many"]),
    ("*@7f 3 cursor=9", ["list", "@7f", "3 cursor=9"]),
    (" name=a", ["row", "", "name=a"]),
    (" @a", ["row", "", "@a"]),
    ("> transition name=api", ["event", "", "transition name=api"]),
    ("~FULL x", ["quietError", "", "FULL x"]),
    ("!BUSY\r", ["fatal", "", "BUSY"]),
  ])
  func takesALineApart(line: String, expected: [String]) { #expect(parts(line) == expected) }

  @Test(arguments: ["", "\r", "HTTP/1.1 400", "ok", "\u{E9}"])
  func otherFirstBytesAreNoLine(line: String) { #expect(parts(line) == nil) }

  @Test func listHeader() {
    var text = "*@1 12 cursor=a%20b later=1"
    let header = text.withUTF8 { ServerLine(Bytes($0))?.listHeader }
    #expect(header?.count == 12)
    #expect(header?.cursor == "a%20b")
    var bad = "*@1 twelve"
    #expect(bad.withUTF8 { ServerLine(Bytes($0))?.listHeader == nil })
  }

  @Test func codeAndText() {
    var text = "-@1 BAD_NAME no such thing"
    let parts = text.withUTF8 { ServerLine(Bytes($0))?.codeAndText }
    #expect(parts?.code == "BAD_NAME")
    #expect(parts?.text == "no such thing")
  }
}
