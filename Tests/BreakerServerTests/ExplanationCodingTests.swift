import BreakerProtocol
import BreakerStore
import TestSupport
import Testing

@testable import BreakerCore
@testable import BreakerServer

/// Why a breaker is as it is, as it goes through the store.
@Suite struct ExplanationCodingTests {
  private static let causes: [Cause] = [
    .consecutiveFailures(run: 5, threshold: 5), .failures(count: 7, threshold: 3),
    .failureRate(failures: 3, total: 4, threshold: Rate(basisPoints: 7_500)),
    .slowRate(slow: 1, total: 1_000_000, threshold: Rate(basisPoints: 1)), .openElapsed,
    .probesSucceeded(total: 3, failures: 1), .probeFailed, .probeSlow,
    .leaseLapsed(Caller(connection: 0, uid: .max, pid: 4_711)), .maxWait, .forced, .released, .forceEnded, .reset,
    .probeOverdue(Caller(connection: 0, uid: 0, pid: 1)), .checkSucceeded(attempts: 1), .checksFailed(attempts: 10_000),
  ]

  private static func transition(_ from: State, _ to: State, _ cause: Cause, until: Instant = .never) -> Transition {
    Transition(from: from, to: to, at: .zero, generation: 1, cause: cause, until: until, openings: 0)
  }

  private static var full: Explanation {
    var explanation = Explanation()
    let wall: Int64 = 1_790_000_000_000_000
    for error in ["first", "second"] {
      explanation.note(
        Explanation.Failure(at: wall - 9, isSlow: error == "first", pid: 7, uid: 33, client: "", errorClass: error))
    }
    let trip = transition(.closed, .open, .consecutiveFailures(run: 5, threshold: 5), until: .zero + .seconds(9))
    explanation.note(trip, at: wall)
    explanation.note(transition(.halfOpen, .open, .checksFailed(attempts: 3)), at: wall + 8_000_000)
    explanation.note(transition(.open, .halfOpen, .openElapsed), at: wall + 9_000_000)
    explanation.note(wouldTrip: .failures(count: 2, threshold: 2), isShadow: false, at: wall + 1)
    for at: Int64 in 2...3 {
      explanation.note(wouldTrip: .failures(count: 3, threshold: 3), isShadow: true, at: wall + at)
    }
    for (client, error) in [("", ""), ("a b%", "timeout"), ("naïve/1.0", "\0"), ("x", "50%")] {
      explanation.note(
        Explanation.Failure(
          at: wall - 3, isSlow: error.isEmpty, pid: -1, uid: .max, client: client, errorClass: error))
    }
    return explanation
  }

  @Test func comesBackAsItWas() {
    for explanation in [Explanation(), Self.full] {
      #expect(ExplanationCoding.decode(ExplanationCoding.encode(explanation)) == explanation)
    }
  }

  @Test func whatOpensNothingIsCounted() throws {
    let explanation = Self.full
    #expect(explanation.observed?.times == 1)
    let shadowed = try #require(explanation.shadowed)
    #expect(shadowed.times == 2 && shadowed.cause == .failures(count: 3, threshold: 3))
    #expect(shadowed.at == (explanation.observed?.at ?? 0) + 2)
    var often = Explanation()
    often.note(Explanation.WouldTrip(at: 0, cause: .reset, times: .max), isShadow: true)
    often.note(wouldTrip: .reset, isShadow: true, at: 1)
    #expect(often.shadowed?.times == .max)
  }

  @Test func exhaustedAttemptsAreCountedUntilItClosesOrIsForced() {
    #expect(Self.full.exhaustions == 1)
    for (state, exhaustions) in [(State.open, 2), (.halfOpen, 2), (.closed, 0), (.forcedOpen, 0)] {
      var explanation = Self.full
      explanation.note(Self.transition(.halfOpen, .open, .checksFailed(attempts: 4)), at: 0)
      explanation.note(Self.transition(.open, state, .openElapsed), at: 1)
      #expect(explanation.exhaustions == exhaustions, "\(state)")
    }
  }

  @Test(arguments: causes)
  func everyCauseComesBack(_ cause: Cause) {
    var explanation = Explanation()
    explanation.note(Self.transition(.halfOpen, .open, cause, until: .zero), at: .min)
    #expect(explanation.trip == nil)
    #expect(ExplanationCoding.decode(ExplanationCoding.encode(explanation)) == explanation)
  }

  /// The list above misses none: each has a number of its own, and the next number is nobody's.
  @Test func everyCauseHasItsNumber() {
    var numbers: Set<UInt8> = []
    for cause in Self.causes {
      var writer = NumberWriter(capacity: 8)
      CauseCoding.put(cause, into: &writer)
      numbers.insert(writer.bytes[0])
    }
    #expect(numbers == Set((0..<Self.causes.count).map { UInt8($0 * 2) }))
    [UInt8(Self.causes.count * 2)].withUnsafeBytes { next in
      var reader = NumberReader(next)
      #expect(CauseCoding.cause(from: &reader) == nil)
    }
  }

  @Test func aTripThatIsTheLatestMoveIsKeptOnce() {
    var once = Explanation()
    let trip = Self.transition(.closed, .open, .failures(count: 1, threshold: 1))
    once.note(trip, at: 1)
    var twice = once
    twice.note(trip, at: 2)
    twice.note(Self.transition(.open, .halfOpen, .openElapsed), at: 3)
    #expect(ExplanationCoding.encode(once).count < ExplanationCoding.encode(twice).count)
    #expect(ExplanationCoding.decode(ExplanationCoding.encode(once)).latest == once.trip)
  }

  /// Whatever the bytes: what comes before the damage is taken, and nothing traps.
  @Test func hostileBytesDoNoHarm() {
    let bytes = ExplanationCoding.encode(Self.full)
    for count in bytes.indices {
      let cut = ExplanationCoding.decode(Array(bytes.prefix(count)))
      #expect(cut.trip == nil || cut.trip == Self.full.trip)
      #expect(cut.causes == Array(Self.full.causes.prefix(cut.causes.count)))
      #expect(cut.failures == Array(Self.full.failures.prefix(cut.failures.count)))
    }
    var random = SplitMix64(seed: 11)
    for _ in 0..<20_000 {
      var hostile = bytes
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let place = Int.random(in: 0..<hostile.count, using: &random)
        hostile[place] = random.once(in: 3) ? 0xFF : UInt8.random(in: 0 ... .max, using: &random)
      }
      var explanation = ExplanationCoding.decode(hostile)
      #expect(max(explanation.causes.count, explanation.failures.count) <= Explanation.failuresKept)
      if let trip = explanation.trip { _ = Telling.details(trip) }
      explanation.note(wouldTrip: .reset, isShadow: true, at: 0)
    }
  }
}
