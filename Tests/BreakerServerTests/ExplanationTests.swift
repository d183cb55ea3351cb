import Testing

@testable import BreakerServer

/// Why a breaker is as it is.
@Suite struct ExplanationTests {
  @Test func keepsTheLastFailuresAndLetsThemGo() {
    var explanation = Explanation()
    for time in 1...20 {
      explanation.note(Explanation.Failure(at: Int64(time), pid: 1, uid: 1, client: "", errorClass: ""))
    }
    #expect(explanation.failures.map(\.at) == Array(13...20))
    explanation.forgetFailures(before: 18)
    #expect(explanation.failures.map(\.at) == [18, 19, 20])
    #expect(!explanation.isEmpty)
    explanation.forgetFailures(before: 100)
    #expect(explanation.isEmpty)
  }
}
