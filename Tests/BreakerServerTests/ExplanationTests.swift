import Testing

@testable import BreakerCore
@testable import BreakerServer

/// Why a breaker is as it is, as it goes through the store.
@Suite struct ExplanationTests {
  private func transition(_ from: State, _ to: State, _ cause: Cause) -> Transition {
    Transition(from: from, to: to, at: .zero, generation: 1, cause: cause, until: .never, openings: 0)
  }

  @Test func comesBackFromItsText() {
    var explanation = Explanation()
    explanation.note(transition(.closed, .open, .consecutiveFailures(run: 5, threshold: 5)), at: 1_000)
    explanation.note(transition(.open, .halfOpen, .openElapsed), at: 2_000)
    for (client, error) in [("", ""), ("a b%", "timeout"), ("naïve/1.0", ""), ("x", "50%")] {
      explanation.note(Explanation.Failure(at: 3, pid: -1, uid: .max, client: client, errorClass: error))
    }
    let back = Explanation(text: explanation.text)
    #expect(back.trip == explanation.trip)
    #expect(back.latest == explanation.latest)
    #expect(back.failures.map(\.errorClass) == explanation.failures.map(\.errorClass))
    #expect(back.failures.map(\.uid) == explanation.failures.map(\.uid))
    #expect(Explanation(text: back.text) == back)
  }

  @Test(arguments: [
    "", "\n\n", "trip", "trip x closed open c", "latest 1", "failure 1 2 3 %ZZ x", "failure 1 2 -3 a b", "failure",
    "failure 99999999999999999999 1 1 a b", "nonsense\ntrip 1", String(repeating: "failure 1 1 1 a b\n", count: 100),
  ])
  func anyTextIsTaken(_ text: String) {
    let explanation = Explanation(text: text)
    #expect(explanation.failures.count <= Explanation.failuresKept)
    #expect(explanation.trip == nil && explanation.latest == nil)
  }

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
