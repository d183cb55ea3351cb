import BreakerCore
import TestSupport
import Testing

@testable import BreakerServer

/// Counters and windows as bytes.
@Suite struct FiguresCodingTests {
  static let empty = BreakerMemory(
    state: .closed, generation: 1, since: .zero, until: .never, openings: 0, totals: Totals(), run: 0, runEnd: .zero,
    lapses: 0, lapsedProcess: 0, counts: .zero, timeBuckets: [], lastCalls: [])

  private static var full: BreakerMemory {
    var memory = empty
    memory.totals.ok = 1
    memory.totals.failed = .max
    memory.totals[.opened] = 7
    memory.run = 3
    memory.runEnd = Instant(microseconds: -5)
    memory.lapses = .max
    memory.lapsedProcess = 4_711
    memory.failedChecks = 5
    memory.counts.total = 10
    memory.counts.failures = 4
    memory.counts.slow = 10
    memory.timeBuckets = (0..<1_000).map {
      BreakerMemory.Bucket(start: Instant(microseconds: Int64($0) * 1_000), calls: memory.counts)
    }
    memory.lastCalls = (0..<10_000).map { UInt8($0 % 4) }
    return memory
  }

  @Test func comeBackAsTheyWere() {
    for memory in [Self.empty, Self.full] {
      var decoded = Self.empty
      #expect(FiguresCoding.decode(FiguresCoding.encode(memory), into: &decoded))
      #expect(decoded == memory)
    }
  }

  @Test func everyCutOffTextIsRefused() {
    var small = Self.full
    small.timeBuckets = Array(small.timeBuckets.prefix(2))
    small.lastCalls = [1, 2, 3]
    let bytes = FiguresCoding.encode(small)
    for count in 0..<bytes.count {
      var decoded = Self.empty
      #expect(!FiguresCoding.decode(Array(bytes.prefix(count)), into: &decoded))
      #expect(decoded == Self.empty)
    }
    var decoded = Self.empty
    #expect(!FiguresCoding.decode(bytes + [0], into: &decoded))
  }

  /// Whatever the bytes: it does not trap, and what is taken can be counted on with.
  @Test func hostileBytesDoNoHarm() throws {
    var random = SplitMix64(seed: 7)
    let policies = [TripPolicyKind.time, .calls, .none]
    var small = Self.full
    small.timeBuckets = Array(small.timeBuckets.prefix(5))
    small.lastCalls = Array(small.lastCalls.prefix(20))
    let bytes = FiguresCoding.encode(small)
    var taken = 0
    for round in 0..<20_000 {
      var hostile = bytes
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let place = Int.random(in: 0..<hostile.count, using: &random)
        hostile[place] = random.once(in: 3) ? 0xFF : UInt8.random(in: 0 ... .max, using: &random)
      }
      var memory = Self.empty
      guard FiguresCoding.decode(hostile, into: &memory) else { continue }
      taken += 1
      memory = memory.shifted(by: Timespan(microseconds: random.once(in: 4) ? .min : -1_000_000))
      let now = Moment(now: .zero + .seconds(1_000), nextGeneration: 2, chance: 0)
      var breaker = Breaker(following: try policies[round % 3].policy, remembering: memory, at: now)
      _ = breaker.windowCounts(at: now.now)
      _ = breaker.report(
        Report(.fail, token: nil, duration: nil, count: 1, age: .zero, caller: Caller(connection: 1, uid: 0, pid: 1)),
        at: now)
    }
    #expect(taken > 1_000)
  }
}

/// A policy with each kind of window.
private enum TripPolicyKind {
  case time, calls, none

  var policy: Policy {
    get throws {
      let keys: [(String, String)] =
        switch self {
        case .time: [("trip.failures", "5"), ("trip.window.time", "60s")]
        case .calls: [("trip.failure_rate", "50%"), ("trip.window.calls", "10")]
        case .none: []
        }
      return try TestPolicies.policy(keys)
    }
  }
}
