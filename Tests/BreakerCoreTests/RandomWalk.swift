import BreakerCore
import TestSupport

/// One event of a walk.
enum Step {
  case allow(Caller, lease: Timespan?)
  case report(Report)
  case lose(connection: UInt64)
  case force(ForcedMode, until: Instant)
  case release
  case reset
  case adopt(Policy)
  case refusedElsewhere(UInt64)
  case nothing
}

/// A walk of random steps that a breaker and its slow twin take side by side. The same seed gives the same walk.
final class RandomWalk {
  private struct Remembered {
    let now: Int64
    let step: Step
    let reply: Reply
    let state: State
  }

  let seed: UInt64
  private let firstPolicy: Policy
  private var random: SplitMix64
  private var breaker: Breaker
  private var slow: SlowBreaker
  private var now: Int64
  private var nextGeneration: UInt64
  private var callers: [Caller] = []
  private var lastConnection: UInt64 = 0
  private var tokens: [Token] = []
  private var last: [Remembered] = []
  /// What moved the breaker, or would have.
  private(set) var causes: [Cause] = []
  private(set) var refusals: [Decision.Refusal] = []
  private(set) var news: [News] = []
  private var hasProber = false
  /// One look in so many is in depth.
  private let depth: Int

  init(seed: UInt64) {
    self.seed = seed
    var random = SplitMix64(seed: seed)
    self.now = random.pick([0, 0, 1, -1, 123_456_789, 1_000_000_000_000_000])
    self.nextGeneration = random.pick([1, 0xFF_FFF0, 1 << 40])
    self.depth = random.pick([1, 2, 10, 1_000])
    let policy = random.policy()
    self.firstPolicy = policy
    let moment = Moment(now: Instant(microseconds: now), nextGeneration: nextGeneration, chance: 0)
    self.breaker = Breaker(following: policy, at: moment)
    self.slow = SlowBreaker(following: policy, at: moment)
    self.random = random
    self.nextGeneration += 1
    for _ in 0..<5 { callers.append(newCaller()) }
  }

  /// Takes `steps` steps.
  ///
  /// - Returns: What the two disagreed on, and the way there; nil if they agreed all along.
  func run(steps: Int) -> String? {
    for number in 0..<steps {
      if let disagreement = pass(to: nextTime()) ?? take(nextStep()) {
        let way = last.suffix(20).map { "  \($0.now): \($0.step) -> \($0.reply), \($0.state)" }
        let story = """
          seed \(seed), step \(number), at \(now): \(disagreement)
          began with \(firstPolicy)
          now \(slow.policy)
          \(way.joined(separator: "\n"))
          """
        return story.replacing("BreakerCore.", with: "").replacing("BreakerCoreTests.", with: "")
      }
    }
    return nil
  }

  // MARK: Doing

  private func pass(to time: Int64) -> String? {
    now = time
    while true {
      let moment = moment()
      let fast = breaker.advance(to: moment).map { Move($0) }
      let slow = slow.advance(to: moment)
      guard fast == slow else { return "time passing: \(described(fast)), expected \(described(slow))" }
      guard breaker.callsOut == self.slow.calls.count else {
        return "\(breaker.callsOut) calls after \(described(fast)), expected \(self.slow.calls.count)"
      }
      guard let fast else { return compareNews() }
      causes.append(fast.cause)
      used(moment)
    }
  }

  private func take(_ step: Step) -> String? {
    let moment = moment()
    let generation = breaker.generation
    let (fast, slow) = (askBreaker(step, moment), askTwin(step, moment))
    if breaker.generation != generation { used(moment) }
    switch fast {
    case .decision(.allow(_, let token, _)):
      remember(token)
      if let broken = brokenBound(token) { return broken }
    case .decision(.deny(let refusal, _)): refusals.append(refusal)
    case .moved(let move): causes.append(move.cause)
    case .wouldTrip(let told): causes += told
    case .counted, .totalsOnly, .stale, .returned, .nothing: break
    }

    let inDepth = random.once(in: depth)
    let face = Face(&breaker, at: moment, inDepth: inDepth)
    last.append(Remembered(now: now, step: step, reply: fast, state: face.state))
    if last.count > 40 { last.removeFirst(20) }
    guard fast == slow else { return "\(step): \(fast), expected \(slow)" }
    let expected = Face(self.slow, at: moment, inDepth: inDepth)
    guard face == expected else { return "after \(step): \(face)\n  expected \(expected)" }
    return compareNews() ?? brokenPromise()
  }

  private func compareNews() -> String? {
    let (fast, slow) = (breaker.takeNews(), self.slow.news)
    self.slow.news = []
    news += fast
    return fast == slow ? nil : "news \(fast), expected \(slow)"
  }

  /// Whatever the twin says: no permit is given that makes them more than the policy of this moment wants.
  private func brokenBound(_ token: Token) -> String? {
    guard token.permit != 0 else { return nil }
    if let limit = slow.policy.calls.limit, breaker.callsOut > limit { return "\(breaker.callsOut) calls at once" }
    guard breaker.state == .halfOpen else { return nil }
    return breaker.permitsOut > slow.policy.halfOpen.probes ? "\(breaker.permitsOut) probes at once" : nil
  }

  private func askBreaker(_ step: Step, _ moment: Moment) -> Reply {
    switch step {
    case .allow(let caller, let lease): return .decision(breaker.allow(caller, lease: lease, at: moment))
    case .report(let report): return Reply(breaker.report(report, at: moment))
    case .lose(let connection): return .returned(breaker.lose(connection: connection))
    case .force(let mode, let end): return Reply(breaker.force(mode, until: end, at: moment).map { Move($0) })
    case .release: return Reply(breaker.release(at: moment).map { Move($0) })
    case .reset: return .moved(Move(breaker.reset(at: moment)))
    case .adopt(let policy): return Reply(breaker.adopt(policy, at: moment).map { Move($0) })
    case .refusedElsewhere(let count): breaker.refusedElsewhere(count)
    case .nothing: break
    }
    return .nothing
  }

  private func askTwin(_ step: Step, _ moment: Moment) -> Reply {
    switch step {
    case .allow(let caller, let lease): return .decision(slow.allow(caller, lease: lease, moment))
    case .report(let report): return slow.report(report, at: moment)
    case .lose(let connection): return .returned(slow.lose(connection: connection))
    case .force(let mode, let end): return Reply(slow.force(mode, until: end, at: moment))
    case .release: return Reply(slow.release(at: moment))
    case .reset: return .moved(slow.reset(at: moment))
    case .adopt(let policy): return Reply(slow.adopt(policy, at: moment))
    case .refusedElsewhere(let count): slow.totals[.refusedElsewhere] += count
    case .nothing: break
    }
    return .nothing
  }

  /// What holds whatever the twin says.
  private func brokenPromise() -> String? {
    guard breaker.state == .halfOpen else {
      return breaker.permitsOut == 0 ? nil : "permits out while \(breaker.state)"
    }
    if breaker.permitsOut > 0 && breaker.nextDeadline == .never { return "a permit that does not end" }
    if breaker.permitsOut == 0 && slow.missing < 1 { return "half-open with nothing to wait for" }
    return nil
  }

  // MARK: Choosing

  private func nextTime() -> Int64 {
    let policy = slow.policy
    let deadline = slow.deadlines.map { $0.at }.min() ?? now
    let time: Int64
    switch Int.random(in: 0..<13, using: &random) {
    case 0...4: return now
    case 5, 6: time = now + Int64.random(in: 0...2_000, using: &random)
    case 7: time = deadline
    case 8: time = deadline + random.pick([-1, 1])
    case 9: time = nextBucket(policy) + random.pick([-1, 0, 0, 1])
    case 10: time = slow.since + policy.open.resetAfter.microseconds + random.pick([-1, 0, 1])
    case 11: time = now + Int64.random(in: 0...(2 * policy.open.duration.microseconds), using: &random)
    default: time = now + random.pick([100_000, 10_000_000, 86_400_000_000])
    }
    return max(time, now)
  }

  private func nextBucket(_ policy: Policy) -> Int64 {
    guard case .time(let bucket, let buckets) = policy.trip.window else { return now }
    let number = floorDivide(now, bucket.microseconds) + Int64(random.pick([1, 1, buckets - 1, buckets]))
    return number * bucket.microseconds
  }

  private func nextStep() -> Step {
    let caller = random.pick(callers)
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<30:
      return .allow(caller, lease: random.once(in: 4) ? Timespan(microseconds: random.pick([1, 500, 100_000])) : nil)
    case 30..<84: return .report(report(by: caller))
    case 84..<89: return lose()
    case 89..<91:
      let lengths: [Int64] = [0, 1, 50_000, 10_000_000]
      let end = Instant(microseconds: random.once(in: 3) ? .max : now + random.pick(lengths))
      return .force(random.pick(ForcedMode.allCases), until: end)
    case 91: return .release
    case 92: return random.once(in: 2) ? .reset : .refusedElsewhere(7)
    case 93..<95: return .adopt(random.once(in: 2) ? random.policy() : variation(of: slow.policy))
    default: return .nothing
    }
  }

  private func report(by caller: Caller) -> Report {
    let outcome: Outcome = random.pick([.ok, .ok, .ok, .ok, .ok, .fail, .fail, .fail, .fail, .ignore])
    var report = Report(outcome, caller: caller)
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<4: report.token = Token(generation: breaker.generation, permit: slow.permits.first?.number ?? 0)
    case 4, 5: report.token = tokens.isEmpty ? nil : random.pick(tokens)
    case 6 where !slow.calls.isEmpty:
      let call = random.pick(slow.calls)
      report.token = Token(generation: call.generation, permit: call.number)
    case 6: report.token = Token(generation: breaker.generation, permit: UInt32.random(in: 0...4, using: &random))
    default: break
    }
    if random.once(in: 3) { report.duration = .milliseconds(Int64.random(in: 0...25, using: &random)) }
    if outcome == .ok && random.once(in: 10) { report.count = random.pick([2, 3, 12, 1_000_000]) }
    if random.once(in: 4) { report.age = age() }
    return report
  }

  /// An age that may well lie at the edge of the window, or beyond.
  private func age() -> Timespan {
    var ages: [Int64] = [1, 1_000, 30_000, 1_000_000_000_000_000]
    if case .time(let bucket, let buckets) = slow.policy.trip.window {
      let intoBucket = now - floorDivide(now, bucket.microseconds) * bucket.microseconds
      let oldest = intoBucket + Int64(buckets - 1) * bucket.microseconds
      ages += [oldest, oldest + 1, intoBucket, intoBucket + 1]
    }
    return Timespan(microseconds: random.pick(ages))
  }

  private func lose() -> Step {
    let index = Int.random(in: 0..<callers.count, using: &random)
    let connection = callers[index].connection
    callers[index] = newCaller()
    return .lose(connection: connection)
  }

  /// The same rules and window with another half-open, or the other way round.
  private func variation(of policy: Policy) -> Policy {
    let other = random.policy()
    return random.once(in: 2)
      ? Policy(
        trip: policy.trip, open: other.open, halfOpen: other.halfOpen, recovery: policy.recovery, check: other.check,
        ramp: policy.ramp, calls: other.calls, shadow: policy.shadow)
      : Policy(
        trip: other.trip, open: policy.open, halfOpen: policy.halfOpen, recovery: other.recovery, check: other.check,
        ramp: other.ramp, calls: policy.calls, shadow: other.shadow)
  }

  // MARK: Bookkeeping

  private func moment() -> Moment {
    if random.once(in: 40) { hasProber.toggle() }
    return Moment(
      now: Instant(microseconds: now), nextGeneration: nextGeneration, chance: Double.random(in: 0..<1, using: &random),
      hasProber: hasProber)
  }

  private func used(_ moment: Moment) { nextGeneration = moment.nextGeneration + random.pick([1, 1, 5]) }

  private func newCaller() -> Caller {
    lastConnection += 1
    return Caller(
      connection: lastConnection, uid: UInt32(lastConnection % 2), pid: Int32(truncatingIfNeeded: lastConnection),
      isBound: random.once(in: 2), isProber: random.once(in: 3))
  }

  private func remember(_ token: Token) {
    tokens.append(token)
    if tokens.count > 8 { tokens.removeFirst() }
  }

  private func described(_ move: Move?) -> String { move.map { "\($0)" } ?? "nothing" }
}
