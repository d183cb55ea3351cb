import BreakerCore
import Testing

@testable import BreakerReplay

/// What is remembered of calls, and for how long.
@Suite struct CallTableTests {
  private func label(_ name: String) -> Label { Label(Array(name.utf8).span) }

  private func token(_ answer: CallTable.Answer?) -> Token? {
    if case .allowed(let token) = answer { token } else { nil }
  }

  @Test func aCallEndsOnceAndAgainAsOftenAsItIsTold() throws {
    var table = CallTable()
    let token = Token(generation: 1)
    try table.begin(label("a"), .allowed(token), generation: 1)
    #expect(table.end(label("b")) == nil)
    for isFirst in [true, false, false] {
      let end = table.end(label("a"))
      #expect(self.token(end?.answer) == token && end?.isFirst == isFirst)
    }
  }

  @Test func aCallThatHasEndedIsForgottenAfterEnoughOthers() throws {
    var table = CallTable()
    for number in 0..<2 * CallTable.remembered + 1 {
      try table.begin(label("\(number)"), .refused, generation: 1)
      #expect(table.end(label("\(number)"))?.isFirst == true)
    }
    #expect(table.end(label("0")) == nil)
    #expect(table.end(label("\(CallTable.remembered + 1)"))?.isFirst == false)
    #expect(table.end(label("\(2 * CallTable.remembered)"))?.isFirst == false)
  }

  @Test func thereIsAnEndToCallsThatNeverEndButNotToThoseOfEarlierGenerations() throws {
    var table = CallTable()
    let old = Token(generation: 1)
    try table.begin(label("probe"), .allowed(Token(generation: 1, permit: 1)), generation: 1)
    for number in 1..<CallTable.most { try table.begin(label("\(number)"), .allowed(old), generation: 1) }
    #expect(throws: StepError.self) { try table.begin(label("more"), .allowed(old), generation: 1) }
    // All but the probe mean nothing any more.
    try table.begin(label("more"), .refused, generation: 2)
    #expect(table.end(label("1")) == nil)
    #expect(token(table.end(label("probe"))?.answer)?.permit == 1)
    #expect(table.end(label("more"))?.isFirst == true)
  }
}
