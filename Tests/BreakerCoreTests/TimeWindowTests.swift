import BreakerCore
import Testing

@Suite struct TimeWindowTests {
  /// Ten buckets of six seconds; subjects begin at the start of one.
  private static let minute = Policy.WindowShape.time(bucket: .seconds(6), buckets: 10)
  private static let tumbling = Policy.WindowShape.time(bucket: .seconds(10), buckets: 1)

  private static let start = Instant(microseconds: 1_002_000_000)

  private func watched(_ window: Policy.WindowShape, at start: Instant = start) -> Subject {
    Subject(Policy(trip: Policy.Trip(failures: 1_000, window: window)), at: start)
  }

  @Test func anEventOneWindowOldIsGone() {
    let subject = watched(Self.minute)
    subject.fail()
    subject.pass(.seconds(60))
    #expect(subject.window == .zero)
  }

  @Test func anEventAMicrosecondYoungerIsThere() {
    let subject = watched(Self.minute)
    subject.fail()
    subject.pass(.microseconds(59_999_999))
    #expect(subject.window.failures == 1)
    subject.pass(.tick)
    #expect(subject.window.failures == 0)
  }

  @Test func theGridAndNotTheEventDecides() {
    let subject = watched(Self.minute)
    subject.pass(.microseconds(5_999_999))
    subject.fail()
    subject.pass(.microseconds(54_000_000))
    #expect(subject.window.failures == 1)
    subject.pass(.tick)
    #expect(subject.window.failures == 0)
  }

  @Test func bucketsGoOneByOne() {
    let subject = watched(Self.minute)
    for _ in 0..<10 {
      subject.fail()
      subject.pass(.seconds(6))
    }
    for left in (0...9).reversed() {
      #expect(subject.window == counts(left, failures: left))
      subject.pass(.seconds(6))
    }
  }

  @Test func openingDependsOnWhatIsStillThere() {
    let subject = Subject(
      Policy(trip: Policy.Trip(failures: 3, window: Self.minute)), at: Self.start)
    subject.fail(2)
    subject.pass(.seconds(60))
    subject.fail(2)
    #expect(subject.state == .closed)
    subject.pass(.microseconds(59_999_999))
    #expect(subject.report(.fail).cause == .failures(count: 3, threshold: 3))
  }

  @Test func ageChoosesTheBucket() {
    let subject = watched(Self.minute)
    subject.report(.ok, n: 7, age: .seconds(54))
    #expect(subject.window.total == 7)
    subject.pass(.microseconds(5_999_999))
    #expect(subject.window.total == 7)
    subject.pass(.tick)
    #expect(subject.window.total == 0)
    #expect(subject.totals.ok == 7)
  }

  @Test(arguments: [54_000_001, 60_000_000, 1_000_000_000_000_000, Int64.max]) func tooOldForTheWindow(age: Int64) {
    let subject = Subject(
      Policy(trip: Policy.Trip(consecutiveFailures: 1, failures: 1, window: Self.minute)),
      at: Self.start)
    #expect(subject.report(.fail, age: .microseconds(age)) == .counted)
    #expect(subject.window == .zero)
    #expect(subject.breaker.run == 0)
    #expect(subject.totals.failed == 1)
    subject.report(.fail, age: .seconds(54))
    #expect(subject.state == .open)
  }

  @Test func aSuccessTooOldForTheWindowLeavesTheRun() {
    let subject = watched(Self.minute)
    subject.report(.fail, age: .seconds(54))
    subject.report(.ok, age: .seconds(55))
    #expect(subject.breaker.run == 1)
  }

  @Test func slidingLeavesTheRun() {
    let subject = watched(Self.minute)
    subject.fail()
    subject.pass(.seconds(600))
    #expect(subject.window == .zero)
    #expect(subject.breaker.run == 1)
  }

  @Test func tumblingClearsTheRun() {
    let subject = Subject(Policy.Trip(consecutiveFailures: 2, window: Self.tumbling))
    subject.fail()
    subject.pass(.microseconds(9_999_999))
    #expect(subject.window.failures == 1)
    #expect(subject.breaker.run == 1)
    subject.pass(.tick)
    subject.fail()
    #expect(subject.state == .closed)
    #expect(subject.breaker.run == 1)
    subject.fail()
    #expect(subject.state == .open)
  }

  @Test(arguments: [Instant(microseconds: -6_000_000), Instant(microseconds: -1), .zero])
  func worksAroundTheOrigin(start: Instant) {
    let subject = watched(Self.minute, at: start)
    subject.report(.ok, n: 2)
    subject.report(.ok, n: 3, age: .microseconds(1_000_000_000_000_000))
    subject.report(.ok, n: 5, age: .seconds(48))
    #expect(subject.window.total == 7)
    subject.pass(.seconds(54))
    #expect(subject.window.total == 2)
    subject.pass(.seconds(6))
    #expect(subject.window.total == 0)
  }

  @Test func aGenerationBeginsWithAnEmptyWindow() {
    let subject = watched(Self.minute)
    subject.fail(5)
    subject.pass(.seconds(7))
    subject.fail(5)
    #expect(subject.window.failures == 10)
    subject.reset()
    #expect(subject.window == .zero)
    subject.pass(.seconds(1))
    subject.fail()
    #expect(subject.window.failures == 1)
  }

  @Test func anIgnoreIsNotInIt() {
    let subject = watched(Self.minute)
    subject.report(.ignore, ms: 60_000)
    #expect(subject.window == .zero)
    #expect(subject.totals[.ignored] == 1)
    #expect(subject.totals[.slow] == 0)
  }
}

private func counts(_ total: Int, failures: Int = 0, slow: Int = 0) -> Counts {
  var counts = Counts.zero
  counts.total = total
  counts.failures = failures
  counts.slow = slow
  return counts
}
