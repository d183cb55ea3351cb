internal import BreakerCore
internal import BreakerProtocol
internal import BreakerStore

/// Something that happened to a breaker, as values: the journal's thread makes its row.
struct Event: Sendable {
  enum Kind: Sendable {
    case transition(Transition)
    /// What has come late from the store shows it in another state than was known so far.
    case restored(from: State, to: State, length: Timespan?)
    /// A rule has come to hold; of the shadow's, or of those that would decide if the breaker was not observed.
    case wouldTrip(Cause, isShadow: Bool)
    /// Somebody should look: all attempts of the prober have failed.
    case alert(Cause)
    /// An admin's act that is no transition, with `key=value` words.
    case act(Verb, String)
  }

  /// Its number, never given again.
  let sequence: Int64
  /// Wall-clock microseconds.
  let at: Int64
  let name: String
  let kind: Kind
  let actor: Actor?

  /// Whether it is what somebody did, and not one of the many things that came of it.
  var isAct: Bool { actor.map { $0.glob == nil } ?? false }

  /// The rest, as `key=value` words; what came of an act on many begins with the pattern, see ``EventRow/isAct``.
  var details: String {
    let words = details(of: kind)
    guard let glob = actor?.glob else { return words }
    return "glob=\(PercentEncoding.encode(glob))" + (words.isEmpty ? "" : " ") + words
  }

  private func details(of kind: Kind) -> String {
    switch kind {
    case .transition(let transition): Telling.details(transition)
    case .restored(let from, let to, let length): Telling.restored(from: from, to: to, length: length)
    case .wouldTrip(let cause, let isShadow): Telling.details(cause) + (isShadow ? " by=shadow" : "")
    case .alert(let cause): Telling.details(cause)
    case .act(_, let words): words
    }
  }

  private var word: StaticString {
    switch kind {
    case .transition, .restored: "transition"
    case .wouldTrip: "would_trip"
    case .alert: "alert"
    case .act(let verb, _): verb.entry.word
    }
  }

  var row: EventRow {
    EventRow(
      sequence: sequence, at: at, name: name, kind: word.description, uid: actor.map { Int64($0.uid) },
      pid: actor.map { Int64($0.pid) }, reason: actor?.reason, details: details)
  }
}
