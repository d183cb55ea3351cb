extension Timespan {
  /// The longest length that can be written: 3650 days.
  public static let longest = Timespan.seconds(3_650 * 86_400)

  /// The length that `text` means: a decimal number and `ms`, `s`, `m`, `h` or `d`, as `250ms` or `1.5h`.
  ///
  /// - Parameter range: What is allowed; lengths are whole microseconds.
  /// - Throws: ``NotationError`` if it is not written so, is finer than a microsecond, or lies outside `range`.
  public init(
    parsing text: some StringProtocol, in range: ClosedRange<Timespan> = .zero ... .longest
  ) throws(NotationError) {
    let text = String(text)
    let number = text.prefix { $0 == "." || $0.utf8.allSatisfy(DecimalText.isDigit) }
    let unit = text[number.endIndex...]
    guard let decimal = DecimalText(number) else {
      throw NotationError("\(text.quoted) is not a duration; write a number and a unit, for example 5s")
    }
    guard let microseconds = Self.units.first(where: { $0.name == unit })?.microseconds else {
      throw Self.unitError(text, number: number, unit: unit)
    }
    switch decimal.steps(per: UInt64(microseconds)) {
    case .tooFine:
      throw NotationError("\(text.quoted) is finer than a microsecond; write a multiple of 0.001ms")
    case .exact(let steps) where steps < range.lowerBound.microseconds:
      let bound = range.lowerBound.microseconds == 1 ? "more than 0s" : "\(range.lowerBound.notation) or more"
      throw NotationError("\(text.quoted) is too short; write \(bound)")
    case .exact(let steps) where steps <= range.upperBound.microseconds:
      self.init(microseconds: steps)
    case .exact, .tooLarge:
      throw NotationError("\(text.quoted) is too long; write \(range.upperBound.notation) or less")
    }
  }

  /// The length as it is written: in the largest unit that makes it a whole number, as `90s`; only below a millisecond
  /// with decimals, as `0.5ms`. ``init(parsing:in:)`` reads it back.
  public var notation: String {
    if self == .zero { return "0s" }
    if let unit = Self.units.first(where: { microseconds.isMultiple(of: $0.microseconds) }) {
      return "\(microseconds / unit.microseconds)\(unit.name)"
    }
    return DecimalText.format(microseconds, places: 3) + "ms"
  }

  /// Largest first.
  private static let units: [(name: String, microseconds: Int64)] = [
    ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000),
  ]

  private static func unitError(_ text: String, number: Substring, unit: Substring) -> NotationError {
    if unit.isEmpty {
      // Who writes thousands without a unit has most likely counted milliseconds.
      let meant = number.prefix { $0 != "." }.count > 3 ? "ms" : "s"
      return NotationError(
        "\(text.quoted) has no unit; write ms, s, m, h or d after it, for example \(number.prefix(20))\(meant)")
    } else if unit.utf8.contains(where: DecimalText.isDigit) {
      return NotationError("\(text.quoted) is not one number and one unit; write for example 1.5h")
    } else {
      return NotationError(
        "\(unit.quoted) in \(text.quoted) is not a unit; write ms, s, m, h or d, for example \(number.prefix(20))s")
    }
  }
}
