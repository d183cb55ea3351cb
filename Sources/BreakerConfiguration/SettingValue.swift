import BreakerCore

/// The value of a key, of one of the kinds of ``ValueKind``.
enum SettingValue: Equatable, Sendable {
  case count(Int)
  case rate(Rate)
  case duration(Timespan)
  case factor(hundredths: Int)
  case word(String)
  case flag(Bool)

  /// The value as it would be written.
  var notation: String {
    switch self {
    case .count(let count): String(count)
    case .rate(let rate): rate.notation
    case .duration(let timespan): timespan.notation
    case .factor(let hundredths): DecimalText.format(hundredths, places: 2)
    case .word(let word): word
    case .flag(let flag): String(flag)
    }
  }
}
