import BreakerCore

extension Timespan {
  /// The length for people, in its two largest units: `1h 5m`, `2m 10s`, `5.2s`, `350ms`.
  var readable: String {
    if self == .zero { return "0s" }
    guard microseconds >= 1_000_000 else { return DecimalText.format(microseconds, places: 3) + "ms" }
    guard microseconds >= 60_000_000 else { return DecimalText.format(microseconds / 1_000, places: 3) + "s" }
    let seconds = microseconds / 1_000_000
    let units: [(name: String, seconds: Int64)] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
    let first = units.firstIndex { seconds >= $0.seconds } ?? units.endIndex - 1
    let next = min(first + 1, units.endIndex - 1)
    let rest = seconds % units[first].seconds / units[next].seconds
    let whole = "\(seconds / units[first].seconds)\(units[first].name)"
    return next == first || rest == 0 ? whole : whole + " \(rest)\(units[next].name)"
  }
}

extension Instant {
  /// The time for people: as a date of UTC where it must be one, else as the length since the trace's zero.
  var readable: String {
    // No trace that counts from its own beginning is older than fifty years.
    guard microseconds > 1_577_836_800_000_000 else { return Timespan(microseconds: microseconds).readable }
    let seconds = microseconds / 1_000_000
    let date = Self.date(daysSince1970: seconds / 86_400)
    let clock = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map(Self.twoDigits).joined(separator: ":")
    let milliseconds = String(1_000 + microseconds / 1_000 % 1_000).dropFirst()
    return "\(date.year)-\(Self.twoDigits(date.month))-\(Self.twoDigits(date.day)) \(clock).\(milliseconds)"
  }

  private static func twoDigits(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }

  /// The day in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021).
  private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // Years here begin on the first of March, so that the leap day is the last.
    let shifted = days + 719_468
    let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
