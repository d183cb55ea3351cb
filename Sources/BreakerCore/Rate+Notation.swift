extension Rate {
  /// What a rate looks like, for messages.
  package static let rule = "a percentage from 0% to 100%, for example 50%"

  /// The share that `text` means: a number with at most two decimals and `%`, as `50%` or `12.5%`.
  ///
  /// - Throws: ``NotationError`` if it is not written so, is finer than that, or is more than 100 %.
  public init(parsing text: some StringProtocol) throws(NotationError) {
    let text = String(text)
    let number = DecimalText(text.hasSuffix("%") ? text.dropLast() : text[...])
    guard let number else {
      throw NotationError("\(text.quoted) is not a rate; write \(Self.rule)")
    }
    guard text.hasSuffix("%") else {
      throw NotationError("\(text.quoted) has no percent sign; write \(Self.rule)")
    }
    switch number.steps(per: 100) {
    case .tooFine:
      throw NotationError("\(text.quoted) has more than two decimals; write for example 12.25%")
    case .exact(let steps) where steps <= 10_000:
      self.init(basisPoints: Int(steps))
    case .exact, .tooLarge:
      throw NotationError("\(text.quoted) is out of range; write \(Self.rule)")
    }
  }

  /// The share as it is written, as `50%`; ``init(parsing:)`` reads it back.
  public var notation: String { DecimalText.format(basisPoints, places: 2) + "%" }
}
