import Testing

@testable import BreakerCore
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

  private func failure(at time: Int64) -> Explanation.Failure {
    Explanation.Failure(at: time, pid: 1, uid: 1, client: "", errorClass: "")
  }

  private func move(_ from: State, _ to: State, _ cause: Cause) -> Transition {
    Transition(from: from, to: to, at: .zero, generation: 1, cause: cause, until: .never, openings: 1)
  }

  /// However many probes fail after it.
  @Test func whatCausedATripStaysWithIt() {
    var explanation = Explanation()
    for time in 1...3 { explanation.note(failure(at: Int64(time))) }
    explanation.note(move(.closed, .open, .consecutiveFailures(run: 3, threshold: 3)), at: 3)
    for time in 10...30 {
      explanation.note(move(.open, .halfOpen, .openElapsed), at: Int64(time))
      explanation.note(failure(at: Int64(time)))
      explanation.note(move(.halfOpen, .open, .probeFailed), at: Int64(time))
    }
    #expect(explanation.causes.map(\.at) == [1, 2, 3])
    #expect(explanation.failures.map(\.at) == Array(23...30))
    explanation.note(move(.halfOpen, .closed, .probesSucceeded(total: 1, failures: 0)), at: 31)
    #expect(explanation.causes.map(\.at) == [1, 2, 3] && explanation.failures.isEmpty)
    for time in 40...42 { explanation.note(failure(at: Int64(time))) }
    explanation.note(move(.closed, .open, .consecutiveFailures(run: 3, threshold: 3)), at: 42)
    #expect(explanation.causes.map(\.at) == [40, 41, 42] && explanation.failures.isEmpty)
    explanation.forgetFailures(before: 42)
    #expect(explanation.causes.map(\.at) == [42])
  }
}
