import BreakerCore
import BreakerProtocol
import Testing

@Suite struct ReplyBufferTests {
  private func written(_ write: (inout ReplyBuffer) -> Void) -> String {
    var buffer = ReplyBuffer()
    write(&buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  private let none = Bytes(start: nil, count: 0)

  @Test func `decisions are written as the protocol says`() {
    let token = Token(generation: 77)
    for (decision, line) in [
      (Decision.allow(.closed, token, lease: nil), "+allow closed 77\n"),
      (
        .allow(.halfOpen, Token(generation: 77, permit: 3), lease: .seconds(30)),
        "+allow half-open 77.3 lease_ms=30000\n"
      ),
      (.allow(.closed, Token(generation: 77, permit: 4), lease: .seconds(60)), "+allow closed 77.4 lease_ms=60000\n"),
      (.deny(.ramp, retryAfter: .milliseconds(40)), "+deny ramp retry_ms=40\n"),
      (.deny(.saturated, retryAfter: nil), "+deny saturated\n"),
      (.allow(.forcedClosed, token, lease: nil), "+allow forced-closed 77\n"),
      (.allow(.observe, token, lease: nil), "+allow observe 77\n"),
      (.deny(.open, retryAfter: Timespan(microseconds: 8_119_001)), "+deny open retry_ms=8120\n"),
      (.deny(.open, retryAfter: nil), "+deny open\n"),
      (.deny(.halfOpen, retryAfter: .milliseconds(250)), "+deny half-open retry_ms=250\n"),
      (.deny(.forcedOpen, retryAfter: nil), "+deny forced-open\n"),
    ] {
      #expect(written { $0.decision(decision, tag: none) } == line)
    }
  }

  @Test func `a tag stands right behind the class`() {
    let tag = Array("@t1".utf8)
    tag.withUnsafeBytes { tag in
      #expect(written { $0.unmanaged(tag: tag) } == "+@t1 allow unmanaged\n")
      #expect(written { $0.state(.halfOpen, retryAfter: nil, tag: tag) } == "+@t1 ok half-open\n")
      #expect(written { $0.listHeader(count: 2, cursor: 40, tag: tag) } == "*@t1 2 cursor=40\n")
      let error = RequestError(.badName, "no")
      #expect(written { $0.error(error, tag: tag) } == "-@t1 BAD_NAME no\n")
      #expect(written { $0.error(error, tag: tag, quiet: true) } == "~@t1 BAD_NAME no\n")
    }
  }

  @Test func `a fatal error is one whoever asks`() {
    #expect(written { $0.error(RequestError(.tooLong, "x"), tag: none, quiet: true) } == "!TOO_LONG x\n")
  }

  @Test func `no text can break a line`() {
    let line = written { $0.error(RequestError(.badOption, "a\nb\u{7f}c\r"), tag: none) }
    #expect(line == "-BAD_OPTION a%0Ab%7Fc%0D\n")
    #expect(written { $0.pair("why", text: "a b\n%") } == " why=a%20b%0A%25")
  }

  @Test(arguments: [0, 9, 10, 99, 100, 18_446_744_073_709_551_615] as [UInt64])
  func `numbers keep all their digits`(number: UInt64) {
    #expect(written { $0.write(number: number) } == "\(number)")
  }

  @Test func `encoded text comes back`() {
    for text in ["", "plain", "a b", "100%", "caf\u{e9} \u{1F600}", "tab\u{20}end"] {
      let encoded = PercentEncoding.encode(text)
      #expect(!encoded.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }))
      #expect(PercentEncoding.decode(encoded.utf8) == text)
    }
  }
}
