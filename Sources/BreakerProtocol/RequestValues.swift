internal import BreakerCore

/// The values of a request, one kind a function.
extension Request {
  /// The glob of a list that names none.
  static var everything: Bytes { Bytes("*" as StaticString) }

  /// Key and value of `key=value`, split at the first `=`; no value without one.
  static func split(_ word: Bytes) -> (key: Bytes, value: Bytes?) {
    guard let index = word.firstIndex(of: UInt8(ascii: "=")) else { return (word, nil) }
    return (word.slice(0, index), word.slice(index + 1, word.count))
  }

  /// Whether a word cannot be an argument that may be left out.
  static func looksLikeOption(_ word: Bytes) -> Bool {
    word.contains(UInt8(ascii: "=")) || word.equals("quiet")
  }

  /// Whether the value of a switch is `yes`.
  static func isYes(_ option: VerbEntry.Option, _ value: Bytes) throws(RequestError) -> Bool {
    if value.equals("yes") { return true }
    guard value.equals("no") else {
      throw RequestError(.badOption, "\(option.key) is yes or no, not \(value.quoted)")
    }
    return false
  }

  static func number(
    _ option: VerbEntry.Option, _ value: Bytes, _ range: ClosedRange<Int>
  ) throws(RequestError) -> Int64 {
    guard let number = value.decimal(upTo: range.upperBound), range.contains(number) else {
      throw RequestError(
        .badOption,
        "\(option.key) is a whole number from \(range.lowerBound) to \(range.upperBound), not \(value.quoted)")
    }
    return Int64(number)
  }

  static func duration(_ option: VerbEntry.Option, _ value: Bytes) throws(RequestError) -> Timespan {
    guard value.count <= 24, let span = try? Timespan(parsing: String(decoding: value, as: UTF8.self)), span > .zero
    else {
      throw RequestError(
        .badOption,
        "\(option.key) is a number and ms, s, m, h or d, as 30s, longer than 0 and at most 3650d, not \(value.quoted)")
    }
    return span
  }

  /// The text of a value, at most `limit` bytes.
  static func text(_ key: Bytes, _ value: Bytes, limit: Int) throws(RequestError) -> String {
    guard let text = PercentEncoding.decode(value), !text.isEmpty, text.utf8.count <= limit else {
      throw RequestError(
        .badOption,
        "\(key.quoted) is 1 to \(limit) bytes of UTF-8 without control characters, %XX for space and %, not "
          + value.quoted)
    }
    return text
  }

  /// Key and value of one setting. A `%` at the very end stands for itself, so that rates can be typed: `=50%`.
  static func setting(_ key: Bytes, _ value: Bytes) throws(RequestError) -> (key: String, value: String) {
    let written = String(decoding: key, as: UTF8.self)
    guard value.count > 1, value.last == UInt8(ascii: "%") else {
      return (written, try text(key, value, limit: Limits.line))
    }
    return (written, try text(key, value.slice(0, value.count - 1), limit: Limits.line) + "%")
  }

  /// Whether a line that is wrong somewhere wants to hear of it quietly.
  static func asksForQuiet(_ entry: VerbEntry, _ tail: Words) -> Bool {
    guard entry.options.contains(where: { $0 == .quiet }) else { return false }
    var words = tail
    var required = entry.arguments.count { !$0.isOptional }
    while let word = words.skip() {
      if required > 0 { required -= 1 } else if word.equals("quiet") { return true }
    }
    return false
  }

  /// The error for a word that is no verb; fatal for what looks like HTTP.
  static func unknownVerb(_ word: Bytes, in line: Bytes) -> RequestError {
    let methods: [StaticString] = [
      "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI",
    ]
    if line.count > word.count, methods.contains(where: word.equals) {
      return RequestError(
        .notThisProtocol, "this is breakerd's line protocol, not HTTP: try 'help' on a line by itself")
    }
    let text = "\(word.quoted) is no verb"
    guard let near = Verb.nearest(to: word) else { return RequestError(.badVerb, text + ": try 'help'") }
    return RequestError(.badVerb, text + ": did you mean '\(near.entry.word)'?")
  }
}

extension UnsafeRawBufferPointer {
  init(_ word: StaticString) { self.init(start: word.utf8Start, count: word.utf8CodeUnitCount) }
}

extension Verb {
  /// The verb one slip away: a letter wrong, missing, too many, or swapped with its neighbour, or in capitals.
  static func nearest(to word: Bytes) -> Verb? {
    guard word.count <= 12 else { return nil }
    let written = word.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    return allCases.first { Spelling.isOneSlip(written, Array(Bytes($0.entry.word))) }
  }
}
