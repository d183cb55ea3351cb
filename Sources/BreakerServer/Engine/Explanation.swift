internal import BreakerCore

/// Why a breaker is as it is: its last trip from closed, its last move, and the failures before them.
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

  /// One failure, and who told of it.
  struct Failure: Equatable, Sendable {
    var at: Int64
    var pid: Int32
    var uid: UInt32
    var client: String
    var errorClass: String
  }

  /// How long the failures of a closed breaker are kept.
  static let memory = Timespan.seconds(600)
  /// Failures that are kept.
  static let failuresKept = 8

  private(set) var trip: Move?
  private(set) var latest: Move?
  /// The oldest first.
  private(set) var failures: [Failure] = []

  var isEmpty: Bool { trip == nil && latest == nil && failures.isEmpty }

  mutating func note(_ failure: Failure) {
    if failures.count == Self.failuresKept { failures.removeFirst() }
    failures.append(failure)
  }

  mutating func note(_ transition: Transition, at wall: Int64) {
    note(Move(transition, at: wall), isTrip: transition.to == .open && transition.from == .closed)
  }

  mutating func note(_ move: Move, isTrip: Bool) {
    latest = move
    if isTrip { trip = move }
  }

  /// Lets go of the failures of a time that is over.
  mutating func forgetFailures(before wall: Int64) { failures.removeAll { $0.at < wall } }
}

extension Explanation.Move {
  init(_ transition: Transition, at wall: Int64) {
    self.init(
      at: wall, from: transition.from, to: transition.to, cause: transition.cause,
      length: transition.until == .never ? nil : transition.until - transition.at)
  }
}
