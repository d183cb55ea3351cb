import BreakerCore

/// One JSON object on one line, whose values are texts, numbers, true, false or null: no lists, no objects within.
struct ObjectLine {
  /// A value, and where it stands.
  struct Value {
    enum Kind {
      case text(isEscaped: Bool)
      case number, truth, null
    }

    let kind: Kind
    /// Of a text, without the quotes.
    let range: Range<Int>

    /// Where it begins, quote and all.
    var start: Int {
      if case .text = kind { range.lowerBound - 1 } else { range.lowerBound }
    }
  }

  private var position = 0

  /// Hands `take` each field, its name unescaped, in the order they are written.
  static func read(
    _ line: Span<UInt8>, _ take: (_ name: Value, _ value: Value) throws(LineError) -> Void
  ) throws(LineError) {
    var object = ObjectLine()
    object.skipBlanks(line)
    try object.expect("{", "an object", line)
    object.skipBlanks(line)
    if object.next(line) == UInt8(ascii: "}") {
      object.position += 1
    } else {
      while true {
        object.skipBlanks(line)
        guard object.next(line) == UInt8(ascii: "\"") else {
          throw object.unexpected("the name of a field, in quotes,", line)
        }
        let name = try object.text(line)
        object.skipBlanks(line)
        try object.expect(":", "':'", line)
        object.skipBlanks(line)
        try take(name, try object.value(line))
        object.skipBlanks(line)
        if object.next(line) == UInt8(ascii: "}") { break }
        try object.expect(",", "',' or '}'", line)
      }
      object.position += 1
    }
    object.skipBlanks(line)
    guard object.next(line) == nil else { throw LineError(object.position, "one object a line, and nothing behind it") }
  }

  private func next(_ line: Span<UInt8>) -> UInt8? { position < line.count ? line[position] : nil }

  private mutating func skipBlanks(_ line: Span<UInt8>) {
    while position < line.count, line.isBlank(position) { position += 1 }
  }

  private mutating func expect(_ byte: Unicode.Scalar, _ what: String, _ line: Span<UInt8>) throws(LineError) {
    guard next(line) == UInt8(ascii: byte) else { throw unexpected(what, line) }
    position += 1
  }

  private func unexpected(_ wanted: String, _ line: Span<UInt8>) -> LineError {
    guard let byte = next(line) else { return LineError(position, "the line ends where \(wanted) should be") }
    let found = byte < 0x80 ? line.extracting(position..<position + 1).text.quoted : "this"
    return LineError(position, "\(wanted) should be here, not \(found)")
  }

  private mutating func value(_ line: Span<UInt8>) throws(LineError) -> Value {
    guard let first = next(line) else { throw unexpected("a value", line) }
    switch first {
    case UInt8(ascii: "\""):
      return try text(line)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try number(line)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      throw LineError(
        position, "a list or an object has no place here: a value is a text, a number, true, false or null")
    default:
      if let word = word("null", .null, line) ?? word("true", .truth, line) ?? word("false", .truth, line) {
        return word
      }
      throw unexpected("a text in quotes, a number, true, false or null", line)
    }
  }

  private mutating func word(_ word: StaticString, _ kind: Value.Kind, _ line: Span<UInt8>) -> Value? {
    let end = position + word.utf8CodeUnitCount
    guard end <= line.count, line.extracting(position..<end).equals(word) else { return nil }
    defer { position = end }
    return Value(kind: kind, range: position..<end)
  }

  private mutating func text(_ line: Span<UInt8>) throws(LineError) -> Value {
    let quote = position
    position += 1
    let start = position
    var isEscaped = false
    while position < line.count {
      let byte = line[position]
      if byte == UInt8(ascii: "\"") {
        defer { position += 1 }
        return Value(kind: .text(isEscaped: isEscaped), range: start..<position)
      }
      guard byte >= 0x20 else { throw LineError(position, "a control character in a text is written \\u00XX") }
      if byte == UInt8(ascii: "\\") {
        isEscaped = true
        position += 1
      }
      position += 1
    }
    throw LineError(quote, "this quote is never closed")
  }

  private mutating func number(_ line: Span<UInt8>) throws(LineError) -> Value {
    let start = position
    scan: while position < line.count {
      switch line[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        position += 1
      default:
        break scan
      }
    }
    let first = line[start] == UInt8(ascii: "-") ? start + 1 : start
    if first + 1 < position, line[first] == UInt8(ascii: "0"), line[first + 1] &- UInt8(ascii: "0") < 10 {
      throw LineError(start, "a number begins with 0 only if a point follows")
    }
    return Value(kind: .number, range: start..<position)
  }
}
