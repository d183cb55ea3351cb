public import BreakerCore

/// What a value looks like, and its range.
public enum ValueKind: Equatable, Sendable, CustomStringConvertible {
  /// A whole number in this range: `20`.
  case count(ClosedRange<Int>)
  /// A percentage with at most two decimals, 0 % to 100 %: `12.5%`.
  case rate
  /// A length of time in this range: `5s`.
  case duration(ClosedRange<Timespan>)
  /// A decimal number with at most two decimals, in this range of hundredths: `1.5`.
  case factor(hundredths: ClosedRange<Int>)
  /// One of these words.
  case word([String])
  /// `true` or `false`.
  case flag
  /// `http://…` or `https://…`
  case httpAddress
  /// `host:port`
  case tcpAddress

  /// Longer than zero, up to ``BreakerCore/Timespan/longest``.
  static let positiveDuration = duration(Timespan(microseconds: 1)...Timespan.longest)
  /// Zero, up to ``BreakerCore/Timespan/longest``.
  static let anyDuration = duration(.zero ... .longest)

  /// What to write, for help and errors: `a whole number from 1 to 1000`.
  public var description: String {
    switch self {
    case .count(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .rate: Rate.rule
    case .duration(let range):
      "a duration \(range.contains(.zero) ? "from" : "over") 0s, up to \(range.upperBound.notation), for example 5s"
    case .factor(let range):
      "a number from \(DecimalText.format(range.lowerBound, places: 2)) to "
        + "\(DecimalText.format(range.upperBound, places: 2)) with at most two decimals"
    case .word(let words): words.joined(separator: " or ")
    case .flag: "true or false"
    case .httpAddress: "an address such as http://127.0.0.1:9200/health"
    case .tcpAddress: "a host and a port such as 127.0.0.1:5432"
    }
  }

  /// The value that `text` means; throws if it is none of this kind, or out of range.
  func parse(_ text: String) throws(NotationError) -> SettingValue {
    switch self {
    case .count(let range):
      guard !text.isEmpty, text.utf8.allSatisfy(DecimalText.isDigit) else {
        throw NotationError("\(text.quoted) is not a whole number; write \(self)")
      }
      guard let count = Int(text), range.contains(count) else {
        throw NotationError("\(text.quoted) is out of range; write \(self)")
      }
      return .count(count)
    case .rate:
      return .rate(try Rate(parsing: text))
    case .duration(let range):
      return .duration(try Timespan(parsing: text, in: range))
    case .factor(let range):
      return .factor(hundredths: try parseFactor(text, range))
    case .word(let words):
      guard words.contains(text) else { throw NotationError("\(text.quoted) is not known here; write \(self)") }
      return .word(text)
    case .flag:
      guard let flag = Bool(text) else { throw NotationError("\(text.quoted) is not known here; write \(self)") }
      return .flag(flag)
    case .httpAddress:
      let rest = ["http://", "https://"].first(where: text.hasPrefix).map { text.dropFirst($0.count) }
      guard let rest, !rest.isEmpty, Self.isWord(text) else {
        throw NotationError("\(text.quoted) is not an address of HTTP; write \(self)")
      }
      return .word(text)
    case .tcpAddress:
      guard let colon = text.lastIndex(of: ":"), colon != text.startIndex, Self.isWord(text),
        let port = UInt16(text[text.index(after: colon)...]), port > 0
      else { throw NotationError("\(text.quoted) is not a host and a port; write \(self)") }
      return .word(text)
    }
  }

  /// Whether text has no spaces or control characters, and is short enough for a line of the protocol.
  private static func isWord(_ text: String) -> Bool {
    text.utf8.count <= 200 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  private func parseFactor(_ text: String, _ range: ClosedRange<Int>) throws(NotationError) -> Int {
    guard let number = DecimalText(text[...]) else {
      throw NotationError("\(text.quoted) is not a number; write \(self)")
    }
    switch number.steps(per: 100) {
    case .tooFine: throw NotationError("\(text.quoted) has more than two decimals; write \(self)")
    case .exact(let steps) where range.contains(Int(steps)): return Int(steps)
    case .exact, .tooLarge: throw NotationError("\(text.quoted) is out of range; write \(self)")
    }
  }
}
