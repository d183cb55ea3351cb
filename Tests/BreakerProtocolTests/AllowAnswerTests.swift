import BreakerCore
import BreakerProtocol
import Testing

@Suite struct AllowAnswerTests {
  private func answer(_ text: String) -> AllowAnswer? {
    var text = text
    return text.withUTF8 { AllowAnswer(Bytes($0)) }
  }

  @Test(arguments: [
    ("allow closed 123", AllowAnswer(isAllowed: true, reason: .closed, token: Token(generation: 123))),
    (
      "allow half-open 123.4 lease_ms=30000",
      AllowAnswer(isAllowed: true, reason: .halfOpen, token: Token(generation: 123, permit: 4), lease: .seconds(30))
    ),
    ("allow unmanaged", AllowAnswer(isAllowed: true, reason: .unmanaged)),
    ("allow", AllowAnswer(isAllowed: true, reason: .other(""))),
    (
      "allow warming 5 heat=3 soon",
      AllowAnswer(isAllowed: true, reason: .other("warming"), token: Token(generation: 5))
    ),
    ("deny open retry_ms=8120", AllowAnswer(isAllowed: false, reason: .open, retryAfter: .milliseconds(8_120))),
    ("deny forced-open", AllowAnswer(isAllowed: false, reason: .forcedOpen)),
    ("deny ramp retry_ms=x", AllowAnswer(isAllowed: false, reason: .ramp)),
    ("deny tired 5", AllowAnswer(isAllowed: false, reason: .other("tired"))),
  ])
  func readsAnswers(text: String, expected: AllowAnswer) { #expect(answer(text) == expected) }

  @Test(arguments: ["", "ok", "allowed closed"])
  func otherWordsAreNoAnswer(text: String) { #expect(answer(text) == nil) }
}
