internal import BreakerCore
internal import BreakerProtocol

/// Why a breaker is as it is: its last trip from closed, its last move, and the failures before them.
///
/// Times are of the wall clock, in microseconds, since they are shown to people and outlive the process.
struct Explanation: Equatable {
  /// A move, in words that can be shown and kept.
  struct Move: Equatable {
    var at: Int64
    var from: String
    var to: String
    var cause: String
    /// What decided, and for how long it was, as `key=value` words.
    var figures: String

    init(_ transition: Transition, at wall: Int64) {
      at = wall
      from = transition.from.word.description
      to = transition.to.word.description
      cause = transition.cause.word.description
      figures = Telling.figures(transition).joined(separator: " ")
    }

    init?(_ words: [Substring]) {
      guard words.count >= 5, let at = Int64(words[1]) else { return nil }
      self.at = at
      from = String(words[2])
      to = String(words[3])
      cause = String(words[4])
      figures = words.dropFirst(5).joined(separator: " ")
    }
  }

  /// One failure, and who told of it.
  struct Failure: Equatable {
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

  /// The number of the event that the latest move was told as; 0: it was not told in this run.
  var sequence: Int64 = 0
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
    let move = Move(transition, at: wall)
    latest = move
    if transition.to == .open && transition.from == .closed { trip = move }
  }

  /// Lets go of the failures of a time that is over.
  mutating func forgetFailures(before wall: Int64) { failures.removeAll { $0.at < wall } }

  // MARK: As text, for the store

  init() {}

  /// What ``text`` wrote; lines that are not understood are left out.
  init(text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      switch words.first {
      case "trip": trip = Move(words)
      case "latest": latest = Move(words)
      case "failure":
        guard words.count == 6, let at = Int64(words[1]), let pid = Int32(words[2]), let uid = UInt32(words[3]),
          let client = PercentEncoding.decode(words[4].utf8), let errorClass = PercentEncoding.decode(words[5].utf8)
        else { continue }
        note(Failure(at: at, pid: pid, uid: uid, client: client, errorClass: errorClass))
      default: continue
      }
    }
  }

  var text: String {
    var lines: [String] = []
    for (word, move) in [("trip", trip), ("latest", latest)] {
      guard let move else { continue }
      lines.append("\(word) \(move.at) \(move.from) \(move.to) \(move.cause) \(move.figures)")
    }
    for failure in failures {
      lines.append(
        "failure \(failure.at) \(failure.pid) \(failure.uid) \(PercentEncoding.encode(failure.client)) "
          + PercentEncoding.encode(failure.errorClass))
    }
    return lines.joined(separator: "\n")
  }
}
