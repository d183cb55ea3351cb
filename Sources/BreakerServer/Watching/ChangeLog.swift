internal import BreakerProtocol
internal import DequeModule

/// What has happened to breakers, for all watchers together, each of which knows only how far it has read.
///
/// The newest changes have their lines, so whoever keeps up is told each of them. Of what is older, only the newest
/// change of each breaker is of use; the others are *stale*, and dropped little by little as new ones come. So the log
/// holds not many more changes than there are breakers, however many watchers sleep.
struct ChangeLog {
  /// One change of one breaker.
  struct Change {
    let entry: Entry
    /// The number of its event. Numbers grow.
    let number: Int64
    /// How many transitions there have been, this one included.
    let transitions: UInt64
    /// Whether the breaker was forgotten; else it has moved.
    let isForgotten: Bool
    /// What watchers are told; nil: this is lost, and can only be made anew from how the breaker is.
    fileprivate(set) var line: [UInt8]?
  }

  /// Changes have their lines as long as these are no more than so many bytes.
  static let lineLimit = 1 << 20
  /// Of so many breakers that were forgotten before that, watchers can still be told.
  static let forgottenLimit = 1_000
  /// A log of fewer changes need not be cleaned.
  private static let least = 1_024

  /// The number of the newest change.
  private(set) var newest: Int64 = 0
  /// How many transitions there have been.
  private(set) var transitions: UInt64 = 0
  /// Breakers that were forgotten up to this number, and long ago, watchers are not told of.
  private(set) var forgottenLost: Int64 = 0

  // In this order; the lines are those of `recent`, and of what was forgotten.
  private var settled: Deque<Change> = []
  private var unsettled: Deque<Change> = []
  private var recent: Deque<Change> = []
  private var recentBytes = 0
  /// The numbers of those that were forgotten and are not recent.
  private var forgotten: Deque<Int64> = []
  /// With so many settled it is time to look through them again.
  private var cleanAt = Self.least
  /// All that was settled is looked through again.
  private var isCleaning = false

  // MARK: Writing

  /// A breaker has moved, or was forgotten: `line` says so.
  mutating func append(_ entry: Entry, number: Int64, isForgotten: Bool, line: [UInt8]) {
    if !isForgotten { transitions += 1 }
    newest = number
    entry.latestChange = number
    recent.append(
      Change(entry: entry, number: number, transitions: transitions, isForgotten: isForgotten, line: line))
    recentBytes += line.count
    while recentBytes > Self.lineLimit, let oldest = recent.popFirst() { retire(oldest) }
  }

  private mutating func retire(_ change: Change) {
    recentBytes -= change.line?.count ?? 0
    var change = change
    if change.isForgotten {
      forgotten.append(change.number)
      if forgotten.count > Self.forgottenLimit, let lost = forgotten.popFirst() { forgottenLost = lost }
    } else {
      change.line = nil
    }
    unsettled.append(change)
    // Two for each that comes, so that it comes to an end.
    for _ in 0..<2 { settleNext() }
  }

  private mutating func settleNext() {
    guard let change = unsettled.popFirst() else { return }
    if !isStale(change) { settled.append(change) }
    guard unsettled.isEmpty else { return }
    if isCleaning { cleanAt = max(2 * settled.count, Self.least) }
    isCleaning = settled.count >= cleanAt
    if isCleaning { swap(&settled, &unsettled) }
  }

  /// Lets go of everything: nobody reads it.
  mutating func removeAll() {
    (settled, unsettled, recent, forgotten) = ([], [], [], [])
    (recentBytes, cleanAt, isCleaning) = (0, Self.least, false)
  }

  // MARK: Reading

  /// How many changes are kept.
  var count: Int { settled.count + unsettled.count + recent.count }

  /// The change at this place, the oldest at 0.
  subscript(place: Int) -> Change {
    if place < settled.count { return settled[place] }
    let place = place - settled.count
    return place < unsettled.count ? unsettled[place] : recent[place - unsettled.count]
  }

  /// The place of the first change after this number.
  func place(after number: Int64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].number > number { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Whether nobody can be told of it any more: the breaker has changed again, or it was forgotten long ago.
  func isStale(_ change: Change) -> Bool {
    change.isForgotten ? change.number <= forgottenLost : change.entry.latestChange != change.number
  }
}
