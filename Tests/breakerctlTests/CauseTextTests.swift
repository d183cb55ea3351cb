import BreakerCore
import BreakerProtocol
import Testing

@testable import breakerctl

@Suite struct CauseTextTests {
  @Test(arguments: [
    (Cause.consecutiveFailures(run: 5, threshold: 5), "5 failures in a row (threshold 5)"),
    (.consecutiveFailures(run: 1, threshold: 1), "1 failure in a row (threshold 1)"),
    (.failures(count: 1, threshold: 1), "1 failure in the window (threshold 1)"),
    (.failures(count: 7, threshold: 6), "7 failures in the window (threshold 6)"),
    (.probesSucceeded(total: 3, failures: 1), "3 probed, 1 failed"),
    (.openElapsed, "time to probe"), (.probeFailed, "a probe failed"), (.probeSlow, "a probe was slow"),
    (.maxWait, "half-open for too long"), (.forced, "forced by an admin"), (.released, "released by an admin"),
    (.forceEnded, "the force has ended"), (.reset, "reset by an admin"),
  ])
  func eachCauseHasItsSentence(cause: Cause, sentence: String) {
    let figures = cause.figures.map { Fields.Pair($0.key.description, $0.value.description) }
    #expect(CauseText(cause.word.description, figures).description == sentence)
  }

  @Test(arguments: [
    ("failure_rate", "calls=20 failures=12 threshold=5% for_ms=9", "12 of 20 calls failed (threshold 5%), for 9 ms"),
    ("slow_rate", "calls=20 slow=19 threshold=80%25", "19 of 20 calls were slow (threshold 80%)"),
    ("slow_rate", "calls=1 slow=1", "1 of 1 call was slow"),
    ("lease_lapsed", "holder_pid=12 holder_uid=0", "a probe was not settled within its lease (pid 12)"),
    ("brand_new", "a=1 b=x%20y", "brand_new a=1 b=x y"),
    ("consecutive_failures", "", "? failures in a row"),
  ])
  func figuresFindTheirPlaces(cause: String, figures: String, sentence: String) {
    #expect(CauseText(cause, Fields(figures).pairs).description == sentence)
  }
}
