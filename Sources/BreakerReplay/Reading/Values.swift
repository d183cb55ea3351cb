import BreakerCore
import BreakerProtocol

/// What the values of a trace mean, one kind a function.
enum Values {
  /// The longest time of a trace, in milliseconds: the year 33658, if it counts from 1970.
  static let latest: Int64 = 1_000_000_000_000_000

  static func time(_ value: ObjectLine.Value, _ line: Span<UInt8>) throws(LineError) -> Int64 {
    guard case .number = value.kind, let time = time(line.extracting(value.range)) else {
      throw wrong("\"t\" is a number of milliseconds, 0 to \(latest)", value, line)
    }
    return time
  }

  /// The microseconds that a number of milliseconds means, to the nearest one.
  static func time(_ number: Span<UInt8>) -> Int64? {
    guard let time = DecimalNumber(number)?.scaled(by: 3), time <= latest * 1_000 else { return nil }
    return time
  }

  /// A length of time: a number of milliseconds, or a text like `30m`.
  static func length(_ field: Field, _ value: ObjectLine.Value, _ line: Span<UInt8>) throws(LineError) -> Timespan {
    switch value.kind {
    case .number:
      if let length = length(line.extracting(value.range)) { return length }
    case .text:
      let written = try withText(value, line) { (text) throws(LineError) in text.text }
      do {
        return try Timespan(parsing: written)
      } catch {
        throw LineError(value.start, "\"\(field.name)\": \(error.message)")
      }
    case .truth, .null: break
    }
    throw wrong(
      "\"\(field.name)\" is a number of milliseconds, 0 to \(Limits.milliseconds), or a text like \"30m\"", value, line)
  }

  /// The length that a number of milliseconds means, to the nearest microsecond.
  static func length(_ number: Span<UInt8>) -> Timespan? {
    guard let length = DecimalNumber(number)?.scaled(by: 3), length <= Limits.milliseconds * 1_000 else { return nil }
    return Timespan(microseconds: length)
  }

  static func count(_ value: ObjectLine.Value, _ line: Span<UInt8>) throws(LineError) -> Int {
    guard case .number = value.kind, let count = DecimalNumber(line.extracting(value.range))?.whole,
      (1...Limits.count).contains(count)
    else { throw wrong("\"n\" is a whole number from 1 to \(Limits.count)", value, line) }
    return count
  }

  static func chance(_ value: ObjectLine.Value, _ line: Span<UInt8>) throws(LineError) -> Double {
    guard case .number = value.kind, let chance = DecimalNumber(line.extracting(value.range))?.share else {
      throw wrong("\"rand\" is a number, 0 or more and less than 1", value, line)
    }
    return chance
  }

  /// A name: a text, or a number as it is written.
  static func label(_ field: Field, _ value: ObjectLine.Value, _ line: Span<UInt8>) throws(LineError) -> Label {
    switch value.kind {
    case .text: return try withText(value, line) { (text) throws(LineError) in Label(text) }
    case .number: return Label(line.extracting(value.range))
    case .truth, .null: throw wrong("\"\(field.name)\" is a text or a number", value, line)
    }
  }

  /// One of several words.
  static func word<W: Word>(_ field: Field, _ value: ObjectLine.Value, _ line: Span<UInt8>) throws(LineError) -> W {
    guard case .text = value.kind else {
      throw wrong("\"\(field.name)\" is one of \(Spelling.list(W.words.map(\.name)))", value, line)
    }
    let word = try withText(value, line) { (text) throws(LineError) in W(text) }
    if let word { return word }
    let written = line.extracting(value.range).text
    throw LineError(
      value.start, "unknown \"\(field.name)\" \(written.shown), \(W.advice(written))")
  }

  /// Hands `body` the bytes of a text, without its escapes.
  static func withText<Result>(
    _ value: ObjectLine.Value, _ line: Span<UInt8>, _ body: (Span<UInt8>) throws(LineError) -> Result
  ) throws(LineError) -> Result {
    guard case .text(isEscaped: true) = value.kind else { return try body(line.extracting(value.range)) }
    let text = try EscapedText(line, value.range)
    return try body(text.bytes.span)
  }

  private static func wrong(_ rule: String, _ value: ObjectLine.Value, _ line: Span<UInt8>) -> LineError {
    LineError(value.start, "\(rule), not \(line.extracting(value.range).text.shown)")
  }
}
