internal import BreakerCore
internal import BreakerProtocol
internal import BreakerStore

/// What the engine knows of its store.
struct Durability {
  /// How the store is.
  enum Health: Equatable {
    /// It has not told yet what is in it.
    case opening
    /// It takes changes.
    case well
    /// It does not, for this reason; decisions go on, replies say `unsaved`.
    case failing(String)
  }

  var health = Health.opening
  /// The health in one word.
  var word: StaticString {
    switch health {
    case .opening: "opening"
    case .well: "ok"
    case .failing: "failing"
    }
  }

  var isFailing: Bool { if case .failing = health { true } else { false } }
  /// What was wrong with the store when it was opened, until an admin looks after it.
  var damages: [Damage] = []
  /// The newest change handed to the journal.
  private(set) var ticket: UInt64 = 0
  /// The newest change that is durable.
  private(set) var committed: UInt64 = 0
  /// Since when something has been waiting for its commit without pause; nil: nothing is.
  private(set) var waitingSince: Instant?
  /// A store that takes longer for a commit is slow.
  static let slow = Timespan.seconds(1)

  /// The newest of them that is a decision, and not only something counted or reserved.
  private(set) var decision: UInt64 = 0

  /// Makes ``ticket`` the number of the next change.
  mutating func takeTicket(at now: Instant, isDecision: Bool = true) {
    if ticket == committed { waitingSince = now }
    ticket += 1
    if isDecision { decision = ticket }
  }

  /// How many changes are not durable.
  var waiting: UInt64 { ticket - committed }

  /// Nothing is durable any more.
  mutating func lose() {
    ticket += 1
    decision = ticket
    committed = 0
    reliableFrom = .max
    mustRewrite = true
  }

  /// All up to `ticket` is durable.
  mutating func commit(_ ticket: UInt64, at now: Instant) {
    committed = max(committed, ticket)
    waitingSince = committed >= self.ticket ? nil : now
  }

  /// Whether a commit takes too long.
  func isSlow(at now: Instant) -> Bool { waitingSince.map { now - $0 > Self.slow } ?? false }
  var held = HeldReplies()
  /// What was in the store is here.
  private(set) var isLoaded = false
  /// Names that were forgotten before that.
  private(set) var forgotten: Set<String> = []
  /// The keys that were set or unset before that, by name.
  private(set) var settings: [String: Set<String>] = [:]

  /// What was in the store is here, where nothing newer was known.
  mutating func loaded() {
    isLoaded = true
    forgotten = []
    settings = [:]
  }

  /// An admin has forgotten a breaker: it must not come back.
  mutating func noteForgotten(_ name: Bytes) {
    guard !isLoaded else { return }
    let name = String(decoding: name, as: UTF8.self)
    forgotten.insert(name)
    settings[name] = nil
  }

  /// An admin has set or unset keys of a breaker.
  mutating func noteSettings(of name: Bytes, _ keys: [String]) {
    guard !isLoaded else { return }
    settings[String(decoding: name, as: UTF8.self), default: []].formUnion(keys)
  }
  /// What is durable must be written again, into another store.
  var mustRewrite = false
  /// Commits up to this one do not bring back all that was durable.
  var reliableFrom: UInt64 = 0
  /// The number of the next event, and the first that is not reserved.
  var nextSequence = Journal.uncountedSequence
  var sequenceBound: UInt64 = 0
  /// The first generation that is not reserved.
  var generationBound: UInt64 = 0
  /// Whether the store has told what is reserved.
  var knowsNumbers: Bool { generationBound > 0 }
  /// What is reserved, for the store.
  var bounds: StoredCounters {
    StoredCounters(generation: Int64(clamping: generationBound), sequence: Int64(clamping: sequenceBound))
  }
  /// When rows of which only counters have changed are saved next.
  var sweepAt = Instant.never
  /// How far the saving of such rows has come; nil: it is not under way.
  var sweep: Sweep?

  /// Rows are saved from this place on, when all up to this ticket is durable; nil: in the next turn.
  struct Sweep {
    let cursor: Int
    var ticket: UInt64?
  }

  /// So many such rows are put into one commit: few enough that a trip which comes behind them is durable soon.
  static let sweepSize = 256
}
