import BreakerCore
import Testing

@testable import breakerctl

@Suite struct JudgementTests {
  @Test(arguments: [
    (Int32(0), Int32(0), false, Outcome.ok, nil as String?),
    (3, 0, false, .fail, "exit-3"),
    (143, 15, false, .fail, "signal-15"),
    (0, 0, true, .ok, nil),
    (3, 0, true, .ignore, nil),
    (130, 2, true, .ignore, nil),
  ])
  func aSignalExcusesOnlyAFailure(
    status: Int32, signal: Int32, wasInterrupted: Bool, outcome: Outcome, errorClass: String?
  ) {
    let end = ChildProcess.End(
      status: status, signal: signal, duration: .seconds(1), hasTimedOut: false, wasInterrupted: wasInterrupted)
    #expect(end.judgement(slow: nil) == (outcome, errorClass))
  }
}
