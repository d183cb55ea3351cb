import BreakerCore
import Testing

/// An ok resets the run of failures only if it ended at or after the run's last failure.
@Suite struct RunTests {
  private let subject = Subject(Policy.Trip(consecutiveFailures: 3))
  private var run: Int { subject.breaker.run }

  @Test(arguments: [(0, 0), (9, 0), (10, 0), (11, 1), (1_000_000, 1)] as [(Int64, Int)])
  func whatALateSuccessLeavesOfAFailure10msOld(age: Int64, run: Int) {
    subject.fail()
    subject.pass(.milliseconds(10))
    subject.report(.ok, age: .milliseconds(age))
    #expect(self.run == run)
  }

  @Test func aMicrosecondDecides() {
    subject.fail()
    subject.pass(.milliseconds(10))
    subject.report(.ok, age: .microseconds(10_001))
    #expect(run == 1)
    subject.report(.ok, age: .microseconds(10_000))
    #expect(run == 0)
  }

  @Test func theAgeOfAFailureCounts() {
    subject.report(.fail, age: .milliseconds(50))
    subject.report(.ok, age: .milliseconds(51))
    #expect(run == 1)
    subject.report(.ok, age: .milliseconds(50))
    #expect(run == 0)
  }

  @Test func aFailureThatComesLateDoesNotTurnTheRunBack() {
    subject.report(.fail, age: .milliseconds(10))
    subject.report(.fail, age: .milliseconds(90))
    subject.report(.ok, age: .milliseconds(50))
    #expect(run == 2)
  }

  @Test func aNewRunForgetsTheOldOnesEnd() {
    subject.fail()
    subject.succeed()
    subject.report(.fail, age: .seconds(60))
    subject.report(.ok, age: .seconds(30))
    #expect(run == 0)
  }

  @Test func aBatchThatBeganEarlierButEndedLaterResets() {
    subject.fail()
    subject.pass(.milliseconds(100))
    subject.report(.ok, n: 64, age: .milliseconds(1))
    #expect(run == 0)
  }

  @Test func atTheBeginningOfTime() {
    let subject = Subject(Policy(trip: Policy.Trip(consecutiveFailures: 3)), at: .zero)
    subject.report(.fail, age: .microseconds(1_000_000_000_000_000))
    #expect(subject.breaker.run == 1)
    subject.report(.ok, age: .microseconds(1_000_000_000_000_001))
    #expect(subject.breaker.run == 1)
    subject.report(.ok, age: .microseconds(.max))
    #expect(subject.breaker.run == 1)
    subject.report(.ok)
    #expect(subject.breaker.run == 0)
  }

  @Test func aNewGenerationBeginsWithoutARun() {
    subject.fail(2)
    subject.reset()
    #expect(run == 0)
    subject.fail(2)
    #expect(subject.state == .closed)
  }
}
