import BreakerCore
import BreakerProtocol
import Testing

@Suite struct RequestLineTests {
  private func text(_ line: RequestLine) -> String { String(decoding: line.bytes, as: UTF8.self) }

  @Test func reportCarriesWhatTheServerReads() throws {
    var line = RequestLine.report(
      "api", .fail, token: Token(generation: 5, permit: 2), duration: Timespan(microseconds: 1_999),
      age: Timespan(microseconds: 1_001), errorClass: "50% \n gone")
    line.addQuiet()
    #expect(text(line) == "report api fail 5.2 ms=1 age=2 err=50%25%20_%20gone quiet")
    try parsing(line.bytes) { request in
      #expect(request.token == Token(generation: 5, permit: 2))
      #expect(request.errorClass == "50% _ gone")
      #expect(request.isQuiet)
    }
  }

  @Test func errorClassIsCutAtAWholeCharacter() {
    let line = RequestLine.report("api", .fail, errorClass: String(repeating: "é", count: 17))
    #expect(text(line) == "report api fail err=" + String(repeating: "é", count: 16))
  }

  @Test func allowHasItsLeaseInMilliseconds() {
    #expect(text(.allow("api", lease: Timespan(microseconds: 1))) == "allow api lease=1ms")
  }

  @Test func settingsAreEncoded() throws {
    var line = RequestLine(.set)
    try line.add("api")
    try line.add("trip.failure_rate", "50%")
    try line.add("why", "so what")
    try parsing(line.bytes) { request in
      #expect(request.settings.first?.value == "50%")
      #expect(request.reason == "so what")
    }
  }

  @Test func whatCannotBeSentIsRefused() {
    var line = RequestLine(.list)
    #expect(throws: RequestLineError.notOneWord("a b")) { try line.add("a b") }
    #expect(throws: RequestLineError.notOneWord("")) { try line.add("") }
    #expect(throws: RequestLineError.notOneWord("a=b")) { try line.add("a=b", "c") }
    #expect(throws: RequestLineError.controlCharacter(key: "why")) { try line.add("why", "a\nb") }
    #expect(throws: RequestLineError.controlCharacter(key: "why")) { try line.add("why", "") }
  }
}
