internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol

/// One named breaker, and what the engine keeps beside it.
final class Entry {
  private let nameStart: UnsafeRawPointer
  private let place: UInt32
  /// Where the entry stands in the heap of deadlines; -1: not in it.
  var heapIndex: Int32 = -1
  var breaker: Breaker
  /// The rule that the name follows.
  private(set) var rule: AppliedRule
  /// What `set` has put over the policy; nil: nothing.
  var overrides: PolicySettings?
  private var history = History.none
  private let nameCount: UInt8
  /// Something was counted since its row was last saved.
  var isDirty = false
  /// The rule says who may report.
  private(set) var isRestricted: Bool
  /// What `set` has put over the policy contradicts the rule, and has no effect.
  var ignoresOverrides = false
  /// Under which number the rule was in force.
  private(set) var rulesetNumber: UInt32
  /// The second in which it was last used.
  private(set) var usedAt: UInt32
  /// What has changed it in this run.
  private(set) var touch = Touch.none

  /// What has changed a breaker in this run; a later case outweighs those before.
  enum Touch: Comparable {
    /// Nothing: it was asked for or counted at most.
    case none
    /// An admin has set or unset keys of its policy.
    case settings
    /// It has moved by itself.
    case moved
    /// An admin has decided what it does.
    case decided
    /// It knows what an earlier run knew, where that was not changed before.
    case restored
  }

  /// The number of the event that watchers were last told of it; 0: of none in this run.
  var latestChange: Int64 = 0

  /// For whom it was made; nil: for nobody, it is of an earlier run.
  var maker: PeerUser?

  /// As what it is counted; nil: not yet.
  var countedAs: State?

  /// What the board says of it.
  var published = Published()

  /// What was published last.
  struct Published {
    /// A ``BoardWord``; 0: nothing yet.
    var word: UInt64 = 0
    var slowCall: UInt32 = 0
    /// The file, by the number of those before, in which it has found no slot.
    var fileWithoutSlot = Self.hasSlot

    /// No file.
    static let hasSlot = UInt32.max
  }

  /// Why it is as it is, out of line since most breakers never need it.
  private enum History {
    /// It never failed nor moved.
    case none
    /// That of an earlier run, as it was kept: most are never asked for.
    case kept([UInt8])
    case known(Box)

    final class Box {
      var explanation: Explanation
      /// Of the rules that decide, while they only tell, and of the second ones.
      var (pace, shadowPace) = (Pace(), Pace())

      init(_ explanation: Explanation) { self.explanation = explanation }
    }
  }

  init(
    name: Bytes, slot: Int, breaker: consuming Breaker, rule: AppliedRule, rulesetNumber: UInt32, at second: UInt32
  ) {
    // A name has at most 100 bytes.
    nameCount = UInt8(clamping: name.count)
    let copy = UnsafeMutableRawPointer.allocate(byteCount: Int(nameCount), alignment: 1)
    if let start = name.baseAddress { copy.copyMemory(from: start, byteCount: Int(nameCount)) }
    nameStart = UnsafeRawPointer(copy)
    place = UInt32(slot)
    self.breaker = breaker
    self.rule = rule
    self.rulesetNumber = rulesetNumber
    isRestricted = rule.reporters != nil
    usedAt = second
  }

  deinit { nameStart.deallocate() }

  /// The name, in memory that lives as long as the entry.
  var name: Bytes { Bytes(start: nameStart, count: Int(nameCount)) }
  /// The entry's place in the table.
  var slot: Int { Int(place) }

  func follow(_ rule: AppliedRule, number: UInt32) {
    self.rule = rule
    rulesetNumber = number
    isRestricted = rule.reporters != nil
  }

  /// Somebody has asked for it, or told of it. Written at most once a second, so that a breaker that is only read stays
  /// so in the processor's caches.
  func use(at second: UInt32) {
    if usedAt != second { usedAt = second }
  }

  /// Takes note of what has changed it.
  func note(_ touch: Touch) { self.touch = max(self.touch, touch) }

  func moved(_ transition: Transition, at wall: Int64, by actor: Actor?) {
    note(actor == nil ? .moved : .decided)
    explain { $0.note(transition, at: wall) }
  }

  /// Why it is as it is; nil: it never failed nor moved.
  var explanation: Explanation? {
    switch history {
    case .none: nil
    case .kept(let bytes): ExplanationCoding.decode(bytes)
    case .known(let box): box.explanation
    }
  }

  /// Whether one line more may be written of rules that only tell, of which the explanation has taken note.
  func mayTellAgain(isShadow: Bool, at now: Instant) -> Bool {
    guard case .known(let box) = history else { return true }
    return isShadow ? box.shadowPace.take(at: now) : box.pace.take(at: now)
  }

  /// Changes the explanation, and makes one if there is none.
  func explain(_ change: (inout Explanation) -> Void) {
    if case .known(let box) = history { return change(&box.explanation) }
    let box = History.Box(explanation ?? Explanation())
    change(&box.explanation)
    history = .known(box)
  }

  /// Lets go of the failures of a time that is over, and of the explanation if nothing else is in it.
  func forgetFailures(before wall: Int64) {
    guard case .known(let box) = history else { return }
    box.explanation.forgetFailures(before: wall)
    if box.explanation.isEmpty { history = .none }
  }

  // MARK: What is kept of it

  /// All that is kept of it, as it is at `time`.
  func snapshot(at time: ClockReading) -> Snapshot {
    let explanation: Snapshot.History =
      switch history {
      case .none: .kept([])
      case .kept(let bytes): .kept(bytes)
      case .known(let box): .known(box.explanation)
      }
    return Snapshot(
      name: String(decoding: name, as: UTF8.self), memory: breaker.memory,
      overrides: overrides?.map { "\($0.key)=\($0.value)" }.joined(separator: "\n") ?? "", history: explanation,
      time: time)
  }

  /// Takes on why it was as it was in an earlier run.
  func restore(_ history: Snapshot.History) {
    self.history =
      switch history {
      case .kept(let bytes): bytes.isEmpty ? .none : .kept(bytes)
      case .known(let explanation): .known(History.Box(explanation))
      }
  }
}
