internal import BreakerProtocol

/// What one watching connection has still to be told.
///
/// Lines wait in order as long as they are few. A watcher that falls behind loses the order: it keeps the places of the
/// breakers that have moved, each once, and learns the newest state of each when it reads again. So what it takes is
/// bounded by the number of breakers, however long it sleeps.
struct Watcher {
  /// Lines that wait beyond this many bytes are given up for a set of places.
  static let lineLimit = 64 * 1_024

  let glob: Glob
  private var lines = ReplyBuffer()
  private var behind: Set<Int> = []
  private var skipped: UInt64 = 0

  init(_ glob: Glob) { self.glob = glob }

  var hasNews: Bool { !lines.bytes.isEmpty || !behind.isEmpty }

  /// A breaker has moved: `line` says how.
  mutating func add(slot: Int, _ line: [UInt8]) {
    guard behind.isEmpty, lines.bytes.count + line.count <= Self.lineLimit else {
      if !behind.insert(slot).inserted { skipped &+= 1 }
      return
    }
    lines.append(line: line, isUnsaved: false)
  }

  /// The next lines to send: those that wait in order, else the news that some were skipped and the newest states of
  /// up to `limit` breakers.
  mutating func take(limit: Int, newest: (_ slot: Int) -> [UInt8]?) -> [UInt8] {
    if !lines.bytes.isEmpty {
      let taken = lines.bytes
      lines = ReplyBuffer()
      return taken
    }
    var news = ReplyBuffer()
    if skipped > 0 {
      news.write("> lag")
      news.pair("skipped", number: skipped)
      news.end()
      skipped = 0
    }
    for _ in 0..<limit {
      guard let slot = behind.popFirst() else { break }
      if let line = newest(slot) { news.append(line: line, isUnsaved: false) }
    }
    return news.bytes
  }
}
