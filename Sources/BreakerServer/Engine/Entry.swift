internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol

/// One named breaker, and what the engine keeps beside it.
final class Entry {
  /// The name, in memory that lives as long as the entry.
  let name: Bytes
  /// The entry's place in the table.
  let slot: Int
  var breaker: Breaker
  /// What `set` has put over the policy; nil: nothing.
  var overrides: PolicySettings?
  /// Why it is as it is; nil: it never failed nor moved.
  private(set) var history: History?
  /// Something was counted since its row was last saved.
  var isDirty = false
  /// A transition, an admin or a row of an earlier run has changed it in this run.
  var isTouched = false

  /// Where the entry stands in the heap of deadlines; -1: not in it.
  var heapIndex = -1

  /// An explanation, out of line since most breakers never need one. One of an earlier run stays text until somebody
  /// asks: most never do.
  final class History {
    private var kept: String?
    private var known: Explanation

    init() { known = Explanation() }

    init(text: String) {
      kept = text
      known = Explanation()
    }

    var explanation: Explanation {
      get {
        read()
        return known
      }
      _modify {
        read()
        yield &known
      }
    }

    /// The explanation as the store keeps it.
    var text: String { kept ?? known.text }

    /// Whether it is an earlier run's, and nobody has asked for it.
    var isUnread: Bool { kept != nil }

    private func read() {
      guard let text = kept else { return }
      kept = nil
      known = Explanation(text: text)
    }
  }

  init(name: Bytes, slot: Int, breaker: consuming Breaker) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: name.count, alignment: 1)
    copy.copyMemory(from: name)
    self.name = Bytes(copy)
    self.slot = slot
    self.breaker = breaker
  }

  deinit { name.deallocate() }

  func moved(_ transition: Transition, at wall: Int64) {
    isTouched = true
    explain { $0.note(transition, at: wall) }
  }

  /// Changes the explanation, and makes one if there is none.
  func explain(_ change: (inout Explanation) -> Void) {
    let history = self.history ?? History()
    self.history = history
    change(&history.explanation)
  }

  /// Lets go of the failures of a time that is over, and of the explanation if nothing else is in it.
  func forgetFailures(before wall: Int64) {
    guard let history, !history.isUnread else { return }
    history.explanation.forgetFailures(before: wall)
    if history.explanation.isEmpty { self.history = nil }
  }

  /// Goes on with an explanation of an earlier run, or none.
  func explain(text: String) { history = text.isEmpty ? nil : History(text: text) }
}
