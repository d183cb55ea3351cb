internal import BreakerProtocol

/// How far one watcher has read in the log of changes, and what it must still be told of the way so far.
struct LogReader {
  /// Lines are handed out in portions of about so many bytes: a client that does not read keeps no more waiting.
  static let portion = 7 * 1_024

  // What is done for one watcher, in the units of ``EngineLimits/slice``: looking at a change is 1.
  private static let copyCost = 2
  private static let makeCost = 20

  let glob: Glob
  /// Everything up to here has been told, or counted as skipped.
  private var number: Int64
  private var transitions: UInt64
  private var skipped: UInt64 = 0
  /// More were forgotten than could be told of.
  private var mustList = false
  private var listedUpTo: Int64

  /// A reader of all that comes from now on.
  init(_ glob: Glob, of log: ChangeLog) {
    self.glob = glob
    number = log.newest
    transitions = log.transitions
    listedUpTo = log.forgottenLost
  }

  /// Whether there is more to read.
  func isBehind(_ log: ChangeLog) -> Bool { number < log.newest }

  /// The next lines, in the order of what happened; before them how many were left out, if any were.
  ///
  /// - Parameters:
  ///   - budget: How much may be done; less by what was done. There is at least 1.
  ///   - makeLine: The line on how a breaker last moved.
  /// - Returns: Nothing if nothing of what was looked at is to be told; there may be more to read.
  mutating func read(_ log: ChangeLog, _ budget: inout Int, makeLine: (Entry) -> [UInt8]?) -> [UInt8] {
    if max(number, listedUpTo) < log.forgottenLost {
      mustList = true
      listedUpTo = log.forgottenLost
    }
    var lines = ReplyBuffer()
    let end = log.count
    var place = log.place(after: number)
    while place < end, budget > 0, lines.bytes.count < Self.portion {
      let change = log[place]
      place += 1
      budget -= 1
      // What was dropped before it; whose it was is not known any more.
      skipped += change.transitions - transitions - (change.isForgotten ? 0 : 1)
      (number, transitions) = (change.number, change.transitions)
      guard glob.matches(change.entry.name) else { continue }
      if let line = change.line {
        budget -= Self.copyCost
        lines.append(line: line, isUnsaved: false)
      } else if !log.isStale(change), let line = makeLine(change.entry) {
        budget -= Self.makeCost
        lines.append(line: line, isUnsaved: false)
      } else {
        skipped += 1
      }
    }
    guard skipped > 0 || mustList, place == end || !lines.bytes.isEmpty else { return lines.bytes }
    var news = ReplyBuffer()
    news.write("> lag")
    news.pair("skipped", number: skipped)
    if mustList { news.pair("list", "again") }
    news.end()
    news.append(lines)
    (skipped, mustList) = (0, false)
    return news.bytes
  }
}
