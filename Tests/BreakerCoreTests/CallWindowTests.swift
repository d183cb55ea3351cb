import BreakerCore
import Testing

@Suite struct CallWindowTests {
  private let subject = Subject(
    Policy.Trip(failures: 1_000, slowCall: .milliseconds(100), window: .calls(4)))

  private func expect(total: Int, failures: Int, slow: Int, _ at: SourceLocation = #_sourceLocation) {
    #expect(subject.window.total == total, sourceLocation: at)
    #expect(subject.window.failures == failures, sourceLocation: at)
    #expect(subject.window.slow == slow, sourceLocation: at)
  }

  @Test func theOldestGoesWhenItIsFull() {
    subject.report(.fail, ms: 100)
    subject.report(.ok, ms: 100)
    subject.report(.fail)
    subject.report(.ok)
    expect(total: 4, failures: 2, slow: 2)
    subject.report(.ok)
    expect(total: 4, failures: 1, slow: 1)
    subject.report(.ok)
    expect(total: 4, failures: 1, slow: 0)
    subject.report(.ok)
    expect(total: 4, failures: 0, slow: 0)
  }

  @Test func itWrapsManyTimes() {
    for _ in 0..<25 {
      subject.fail(3)
      expect(total: min(Int(subject.totals.failed + subject.totals.ok), 4), failures: 3, slow: 0)
      subject.succeed(1)
    }
    expect(total: 4, failures: 3, slow: 0)
  }

  @Test(arguments: [1, 3, 4, 5, 1_000_000]) func aBatchTakesAsManyPlaces(count: Int) {
    subject.fail(4)
    subject.report(.ok, n: count)
    expect(total: 4, failures: max(4 - count, 0), slow: 0)
    #expect(subject.totals.ok == UInt64(count))
    subject.fail(4)
    expect(total: 4, failures: 4, slow: 0)
  }

  @Test func timeAndAgeMeanNothingToIt() {
    subject.report(.fail, age: .microseconds(1_000_000_000_000_000))
    subject.pass(.seconds(86_400 * 365))
    expect(total: 1, failures: 1, slow: 0)
  }

  @Test func failuresOpenOnlyTogether() {
    let subject = Subject(Policy.Trip(failures: 3, window: .calls(4)))
    for _ in 0..<10 {
      subject.fail(2)
      subject.succeed(2)
    }
    #expect(subject.state == .closed)
    subject.fail(2)
    subject.succeed(1)
    #expect(subject.report(.fail).cause == .failures(count: 3, threshold: 3))
  }

  @Test func aGenerationBeginsWithAnEmptyOne() {
    subject.fail(3)
    subject.reset()
    expect(total: 0, failures: 0, slow: 0)
    subject.succeed(4)
    expect(total: 4, failures: 0, slow: 0)
  }

  @Test func aWindowOfOne() {
    let subject = Subject(Policy.Trip(failureRate: .percent(100), minimumCalls: 1, window: .calls(1)))
    subject.report(.ok, n: 50)
    #expect(subject.report(.fail).cause == .failureRate(failures: 1, total: 1, threshold: .percent(100)))
  }
}
