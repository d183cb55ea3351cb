internal import BreakerProtocol

/// The rows of a list that is being made.
struct Rows: Sendable {
  private var buffer = ReplyBuffer()
  private(set) var count = 0

  /// Adds a row of the words that `write` writes.
  mutating func add(_ write: (inout ReplyBuffer) -> Void) {
    write(&buffer)
    buffer.end()
    count += 1
  }

  /// Adds a row of one word `key=value`.
  mutating func add(_ key: String, _ value: String) {
    add { row in
      row.write(" ")
      row.write(key)
      row.write("=")
      row.write(PercentEncoding.encode(value))
    }
  }

  /// Adds a row of one word that needs no encoding.
  mutating func add(word: String) {
    add { row in
      row.write(" ")
      row.write(word)
    }
  }

  func reply(to request: Request, cursor: Int? = nil, in replies: inout ReplyBuffer) {
    reply(tag: request.tag, cursor: cursor, in: &replies)
  }

  func reply(tag: Bytes, cursor: Int?, in replies: inout ReplyBuffer) {
    replies.listHeader(count: count, cursor: cursor, tag: tag)
    replies.append(buffer)
  }
}
