internal import BreakerProtocol

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Where a command prints: data to standard output, the rest to standard error.
struct Console {
  /// Whether data is printed as JSON.
  let json: Bool
  /// Whether states are coloured.
  let color: Bool

  init(json: Bool, noColor: Bool) {
    self.json = json
    let refused = noColor || getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    let dumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
    color = !json && !refused && !dumb && isatty(STDOUT_FILENO) == 1
  }

  /// Prints a line of data.
  ///
  /// - Returns: Whether it was taken; not, if the other end of a pipe is closed.
  @discardableResult
  func say(_ text: String) -> Bool { Self.write(text + "\n", to: STDOUT_FILENO) }

  /// Prints a line that is no data: a warning, or an error.
  func complain(_ text: String) { _ = Self.write("breakerctl: " + text + "\n", to: STDERR_FILENO) }

  /// Prints rows: a table, or an array of objects.
  func say(rows: [Fields]) {
    if json {
      say(JSONText.array(rows.map(JSONText.object)))
    } else if !rows.isEmpty {
      say(TextTable(rows).rendered(color: color))
    }
  }

  /// Prints facts: two columns, or one object.
  func say(facts: [Fields.Pair]) {
    if json {
      say(JSONText.object(facts))
      return
    }
    let width = facts.map(\.key.count).max() ?? 0
    for fact in facts {
      let value = TextTable.printable(fact.value)
      let shown = fact.key == "state" ? StateColor.paint(value, state: fact.value, if: color) : value
      say(fact.key + String(repeating: " ", count: width - fact.key.count + 2) + shown)
    }
  }

  static func write(_ text: String, to descriptor: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { bytes in
        #if canImport(Musl)
          Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
          Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
      }
      if written < 0 {
        guard errno == EINTR || errno == EAGAIN else { return false }
        continue
      }
      rest = rest.dropFirst(written)
    }
    return true
  }
}
