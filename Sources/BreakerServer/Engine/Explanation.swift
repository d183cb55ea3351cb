internal import BreakerCore

/// Why a breaker is as it is: its last trip from closed with the failures that caused it, its last move, and the
/// failures since.
///
/// Times are of the wall clock, in microseconds, since they are shown to people and outlive the process.
struct Explanation: Equatable, Sendable {
  /// A move from one state to another.
  struct Move: Equatable, Sendable {
    var at: Int64
    var from: State
    var to: State
    var cause: Cause
    /// How long it lasts if nothing else happens; nil: for ever.
    var length: Timespan?
  }

  /// One call that failed, or was too slow, and who told of it.
  struct Failure: Equatable, Sendable {
    /// When it ended.
    var at: Int64
    /// It did not fail, but took too long.
    var isSlow = false
    var pid: Int32
    var uid: UInt32
    var client: String
    var errorClass: String
  }

  /// A rule that has come to hold and opened nothing.
  struct WouldTrip: Equatable, Sendable {
    /// When the latest did.
    var at: Int64
    var cause: Cause
    /// How often any of them has.
    var times: Int
  }

  /// How long the failures of a closed breaker are kept.
  static let memory = Timespan.seconds(600)
  /// Failures that are kept, before the trip and since.
  static let failuresKept = 8

  private(set) var trip: Move?
  private(set) var latest: Move?
  /// The rules that decide, while the breaker was observed.
  private(set) var observed: WouldTrip?
  /// The second rules.
  private(set) var shadowed: WouldTrip?
  /// How often all attempts of the prober have failed since the breaker was closed or forced.
  private(set) var exhaustions = 0
  /// What counted before the trip, in the generation that it ended; the oldest first.
  private(set) var causes: [Failure] = []
  /// What has counted since the last trip or closing; the oldest first.
  private(set) var failures: [Failure] = []

  var isEmpty: Bool {
    trip == nil && latest == nil && observed == nil && shadowed == nil && exhaustions == 0 && causes.isEmpty
      && failures.isEmpty
  }

  mutating func note(_ failure: Failure) {
    if failures.count == Self.failuresKept { failures.removeFirst() }
    failures.append(failure)
  }

  mutating func note(_ transition: Transition, at wall: Int64) {
    let isTrip = transition.isTrip
    if isTrip { causes = failures }
    if isTrip || transition.to == .closed { failures = [] }
    if transition.to == .closed || transition.to.isForced { exhaustions = 0 }
    if case .checksFailed = transition.cause { note(exhaustions: exhaustions == .max ? .max : exhaustions + 1) }
    note(Move(transition, at: wall), isTrip: isTrip)
  }

  /// Notes what caused the trip.
  mutating func note(cause: Failure) {
    if causes.count < Self.failuresKept { causes.append(cause) }
  }

  mutating func note(_ move: Move, isTrip: Bool) {
    latest = move
    if isTrip { trip = move }
  }

  mutating func note(exhaustions: Int) { self.exhaustions = exhaustions }

  mutating func note(wouldTrip cause: Cause, isShadow: Bool, at wall: Int64) {
    let times = (isShadow ? shadowed : observed)?.times ?? 0
    note(WouldTrip(at: wall, cause: cause, times: times == .max ? .max : times + 1), isShadow: isShadow)
  }

  mutating func note(_ wouldTrip: WouldTrip, isShadow: Bool) {
    if isShadow { shadowed = wouldTrip } else { observed = wouldTrip }
  }

  /// Lets go of the failures of a time that is over.
  mutating func forgetFailures(before wall: Int64) {
    causes.removeAll { $0.at < wall }
    failures.removeAll { $0.at < wall }
  }
}

extension Explanation.Move {
  init(_ transition: Transition, at wall: Int64) {
    self.init(
      at: wall, from: transition.from, to: transition.to, cause: transition.cause,
      length: transition.until == .never ? nil : transition.until - transition.at)
  }
}
