import BreakerCore
import BreakerProtocol
import Synchronization
import Testing

@testable import BreakerClient

@Suite struct OutcomeTallyTests {
  private final class End: Sendable {
    let isReached = Atomic<Bool>(false)
  }

  @Test func everythingIsToldAtOnceInTheFirstSecondOfAGeneration() {
    let bench = TallyBench()
    bench.begin()
    bench.succeed()
    bench.after(999)
    bench.succeed()
    #expect(bench.sent == [["report api ok 7 quiet"], ["report api ok 7 quiet"]])
    bench.after(1)
    bench.succeed()
    #expect(bench.sent == [])
    bench.begin(8)
    #expect(bench.sent == [["report api ok 7 quiet"]])
    bench.succeed(8)
    #expect(bench.sent == [["report api ok 8 quiet"]])
  }

  @Test func theEndOfACallSendsWhatHasWaitedLongEnough() {
    let bench = TallyBench.old()
    bench.succeed(count: 3)
    bench.after(99)
    bench.begin()
    bench.succeed()
    #expect(bench.sent == [])
    bench.after(1)
    bench.succeed()
    #expect(bench.sent == [["report api ok 7 n=5 quiet"]])
    bench.tally.flush()
    #expect(bench.sent == [])
  }

  @Test func theStartOfACallSendsItTooWithTheAgeOfTheNewest() {
    let bench = TallyBench.old()
    bench.succeed()
    bench.after(40)
    bench.succeed()
    bench.after(3_600_000)
    bench.begin()
    // Up to a millisecond more than it is, and never less.
    #expect(bench.sent == [["report api ok 7 n=2 age=3600001 quiet"]])
    bench.begin()
    #expect(bench.sent == [])
  }

  @Test func theAgeIsNeverLessThanItIsAndHardlyMore() {
    for delay: UInt64 in 0..<100 {
      let bench = TallyBench.old()
      bench.succeed()
      bench.after(delay)
      bench.succeed()
      bench.after(1_000)
      bench.tally.flush()
      let age = bench.sent.first?.first?.split(separator: " ").compactMap {
        $0.hasPrefix("age=") ? Int($0.dropFirst(4)) : nil
      }
      #expect(age?.count == 1 && 1_000...1_002 ~= age?.first ?? 0, "\(delay): \(String(describing: age))")
    }
  }

  /// The coarse clock lags by some milliseconds, ages are rounded up, and a busy daemon takes a failure up 10 ms late: none of
  /// it puts a success before the failure that it followed, whose run it ends.
  @Test func aSuccessIsNotTakenForOlderThanTheFailureBeforeIt() {
    let bench = TallyBench.old()
    bench.after(100)
    bench.fail()
    _ = bench.sent
    for (lag, wait, age) in [(4, 20, "age=10 "), (0, 20, "age=10 "), (0, 9, ""), (3, 0, "")]
      as [(UInt64, UInt64, String)]
    {
      bench.tally.succeed(7, at: bench.now - lag * 1_000_000)
      bench.after(wait)
      bench.fail()
      #expect(bench.sent.first?.first == "report api ok 7 \(age)quiet")
    }
  }

  @Test func aFailureGoesBehindWhatWaitsInTheSameWrite() {
    let bench = TallyBench.old()
    bench.succeed(count: 2)
    bench.tally.refuse(at: bench.now)
    bench.fail()
    bench.fail()
    let failure = "report api fail 7 ms=3 err=Boom quiet"
    #expect(bench.sent == [["report api ok 7 n=2 quiet", "denied api n=1 quiet", failure], [failure]])
  }

  @Test func anotherGenerationSendsTheBatchOfTheOldOneFirst() {
    let bench = TallyBench.old()
    bench.succeed(count: 4)
    bench.begin(9)
    #expect(bench.sent == [["report api ok 7 n=4 quiet"]])
    // A call that was let pass before: it is stale, and nothing that waits.
    bench.succeed(7)
    #expect(bench.sent == [["report api ok 7 quiet"]])
    bench.after(1_000)
    bench.succeed(9)
    bench.succeed(7)
    #expect(bench.sent == [["report api ok 9 quiet", "report api ok 7 quiet"]])
  }

  @Test func theHighestGenerationIsOneLikeOthers() {
    let bench = TallyBench()
    bench.begin(0xFF_FFFF)
    bench.succeed(0xFF_FFFF)
    #expect(bench.sent == [["report api ok 16777215 quiet"]])
    bench.after(1_000)
    bench.succeed(0xFF_FFFF, count: 2)
    bench.begin(0)
    #expect(bench.sent == [["report api ok 16777215 n=2 quiet"]])
    bench.succeed(0)
    #expect(bench.sent == [["report api ok 0 quiet"]])
  }

  @Test func aBatchIsNoLargerThanAReportMayBe() {
    let bench = TallyBench.old()
    bench.succeed(count: Limits.count + 1)
    bench.tally.flush()
    #expect(bench.sent == [["report api ok 7 n=1000000 quiet", "report api ok 7 quiet"]])
  }

  @Test func refusalsWaitAsLong() {
    let bench = TallyBench.old()
    for _ in 0..<3 { bench.tally.refuse(at: bench.now) }
    bench.after(100)
    bench.begin()
    #expect(bench.sent == [["denied api n=3 quiet"]])
    bench.tally.refuse(at: bench.now)
    bench.after(100)
    bench.tally.refuse(at: bench.now)
    #expect(bench.sent == [["denied api n=2 quiet"]])
  }

  @Test func onceClosedNothingWaits() {
    let bench = TallyBench.old()
    bench.succeed(count: 2)
    bench.tally.refuse(at: bench.now)
    bench.tally.close()
    #expect(bench.sent == [["report api ok 7 n=2 quiet", "denied api n=1 quiet"]])
    bench.succeed()
    bench.tally.refuse(at: bench.now)
    #expect(bench.sent == [["report api ok 7 quiet"], ["denied api n=1 quiet"]])
  }

  @Test func aClockThatLagsDoesNoHarm() {
    let bench = TallyBench.old()
    bench.after(10)
    bench.tally.succeed(7, at: bench.now)
    bench.tally.succeed(7, at: bench.now - 4_000_000)
    bench.tally.begin(7, at: bench.now - 4_000_000)
    #expect(bench.sent == [])
    bench.tally.flush()
    #expect(bench.sent == [["report api ok 7 n=2 quiet"]])
  }

  @Test func threadsLoseNothingAndKeepTheirOrder() async {
    let bench = TallyBench.old()
    let rounds = 20_000
    // One counts and fails; two others only send what waits, or refuse.
    let end = End()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for round in 0..<rounds {
          bench.succeed(count: round % 5)
          bench.fail()
        }
        end.isReached.store(true, ordering: .releasing)
      }
      group.addTask { while !end.isReached.load(ordering: .acquiring) { bench.tally.flush() } }
    }
    var (counted, expected, round) = (0, 0, 0)
    for request in bench.requests {
      guard case .report(let report) = request else { continue }
      if report.outcome == .ok {
        counted += report.count
      } else {
        expected += round % 5
        round += 1
        if counted != expected { Issue.record("\(counted) of \(expected) were told before failure \(round)") }
      }
    }
    #expect(round == rounds && counted == rounds / 5 * 10)
  }

  @Test func threadsThatCountAtOnceLoseNothing() async {
    let bench = TallyBench.old()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for number in 0..<50_000 {
            bench.succeed()
            if number % 1_000 == 0 { bench.after(30) }
            if number % 777 == 0 { bench.tally.refuse(at: bench.now) }
          }
        }
      }
    }
    bench.tally.flush()
    var (successes, refusals) = (0, 0)
    for request in bench.requests {
      switch request {
      case .report(let report): successes += report.count
      case .refusals(_, let count): refusals += count
      }
    }
    #expect(successes == 200_000 && refusals == 4 * 65)
  }
}
