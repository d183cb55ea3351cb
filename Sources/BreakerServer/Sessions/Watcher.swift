internal import BreakerProtocol

/// What one watching connection has still to be told.
///
/// Lines wait in order as long as they are few. A watcher that falls behind loses the order: it keeps the places of the
/// breakers that have moved, each once, and learns the newest state of each when it reads again. So what it takes is
/// bounded by the number of breakers, however long it sleeps.
struct Watcher {
  /// Lines that wait beyond this many bytes are given up for a set of places; so much more is kept of forgotten names.
  static let lineLimit = 64 * 1_024

  let glob: Glob
  private var lines = ReplyBuffer()
  private var behind: Set<Int> = []
  /// The lines on breakers that were forgotten since it fell behind. They come before the newest states, since names
  /// can come back.
  private var forgotten = ReplyBuffer()
  /// More were forgotten than could be kept.
  private var mustList = false
  private var skipped: UInt64 = 0

  init(_ glob: Glob) { self.glob = glob }

  var hasNews: Bool { !lines.bytes.isEmpty || isBehind }

  private var isBehind: Bool { !behind.isEmpty || !forgotten.bytes.isEmpty || skipped > 0 || mustList }

  /// A breaker has moved: `line` says how.
  mutating func add(slot: Int, _ line: [UInt8]) {
    guard !append(line) else { return }
    if !behind.insert(slot).inserted { skipped &+= 1 }
  }

  /// A breaker is no more: `line` says so.
  mutating func remove(slot: Int, _ line: [UInt8]) {
    guard !append(line) else { return }
    if behind.remove(slot) != nil { skipped &+= 1 }
    if forgotten.bytes.count + line.count <= Self.lineLimit {
      forgotten.append(line: line, isUnsaved: false)
    } else {
      mustList = true
    }
  }

  /// Has a line wait, in order; false if too many do.
  private mutating func append(_ line: [UInt8]) -> Bool {
    guard !isBehind, lines.bytes.count + line.count <= Self.lineLimit else { return false }
    lines.append(line: line, isUnsaved: false)
    return true
  }

  /// The next lines to send: those that wait in order, else the news that some were skipped, what was forgotten, and the
  /// newest states of up to `limit` breakers.
  mutating func take(limit: Int, newest: (_ slot: Int) -> [UInt8]?) -> [UInt8] {
    if !lines.bytes.isEmpty {
      defer { lines = ReplyBuffer() }
      return lines.bytes
    }
    var states = ReplyBuffer()
    for _ in 0..<limit {
      guard let slot = behind.popFirst() else { break }
      if let line = newest(slot) { states.append(line: line, isUnsaved: false) } else { skipped &+= 1 }
    }
    var news = ReplyBuffer()
    if skipped > 0 || mustList {
      news.write("> lag")
      news.pair("skipped", number: skipped)
      if mustList { news.pair("list", "again") }
      news.end()
    }
    news.append(forgotten)
    news.append(states)
    (skipped, mustList, forgotten) = (0, false, ReplyBuffer())
    return news.bytes
  }
}
