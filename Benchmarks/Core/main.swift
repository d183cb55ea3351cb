// What a guarded call costs in the state machine alone: allow and report, closed, for the default policy and
// then with one extra each. Built in one module with Sources/BreakerCore; see run.sh.

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

func nanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// A healthy dependency: calls that succeed, a microsecond apart.
struct Calls: ~Copyable {
  private var breaker: Breaker
  private var moment = Moment(now: Instant(microseconds: 1_000_000_000), nextGeneration: 1, chance: 0.25)
  private let caller = Caller(connection: 1, uid: 1_000, pid: 1, isBound: true)
  private(set) var allowed = 0

  init(_ policy: Policy) {
    breaker = Breaker(following: policy, at: moment)
  }

  /// Makes `count` calls. Returns the nanoseconds that one took.
  mutating func run(_ count: Int) -> Double {
    let begin = nanoseconds()
    for _ in 0..<count {
      moment.now = moment.now + Timespan(microseconds: 1)
      if breaker.nextDeadline <= moment.now { while breaker.advance(to: moment) != nil {} }
      guard case .allow(_, let token, _) = breaker.allow(caller, at: moment) else { continue }
      allowed += 1
      _ = breaker.report(Report(.ok, token: token, duration: .milliseconds(3), caller: caller), at: moment)
    }
    return Double(nanoseconds() - begin) / Double(count)
  }
}

/// The rounds of all policies take turns, so that what else the machine does meets all of them.
func measure(_ policies: [(String, Policy)], rounds: Int = 31, calls: Int = 200_000) {
  var times = [[Double]](repeating: [], count: policies.count)
  for _ in 0..<rounds {
    for (index, policy) in policies.enumerated() {
      var run = Calls(policy.1)
      times[index].append(run.run(calls))
      precondition(run.allowed == calls, "a healthy dependency is never refused")
    }
  }
  let medians = times.map { $0.sorted()[rounds / 2] }
  for (index, policy) in policies.enumerated() {
    let times = times[index].sorted()
    print(
      fixed(medians[index]), "ns,", fixed(times[rounds / 10]), "to", fixed(times[rounds * 9 / 10]) + ",",
      fixed(medians[index] / medians[0]), "of the default:", policy.0)
  }
}

func fixed(_ value: Double) -> String {
  let hundredths = Int((value * 100).rounded())
  let rest = String(hundredths % 100)
  return "\(hundredths / 100)." + String(repeating: "0", count: 2 - rest.count) + rest
}

let half = Rate(basisPoints: 5_000)
measure(policies(half))
print(MemoryLayout<Breaker>.stride, "bytes a breaker")
