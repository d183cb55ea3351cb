import Testing

@testable import breakerctl

@Suite struct BackoffTests {
  @Test func doublesUpToALimitAndBeginsAnew() {
    var backoff = Backoff()
    let waits = (0..<8).map { _ in backoff.next() }
    #expect(waits.prefix(4) == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
    #expect(waits.suffix(2) == [.seconds(3), .seconds(3)])
    backoff.reset()
    #expect(backoff.next() == .milliseconds(100))
  }
}
