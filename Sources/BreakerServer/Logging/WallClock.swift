internal import Glibc

/// The time of day, for people. Nothing is decided by it.
enum WallClock {
  /// Microseconds since 1970.
  static var microseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  /// Now, as `2026-11-23T15:04:05.123Z`.
  static var now: String { text(microseconds) }

  /// Now, as it can stand in the name of a file: `20261123T150405123Z`.
  static var fileText: String { now.filter { $0 != "-" && $0 != ":" && $0 != "." } }

  /// Microseconds since 1970 as `2026-11-23T15:04:05.123Z`.
  static func text(_ microseconds: Int64) -> String {
    // Rounded down, before 1970 too.
    let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    var seconds = time_t(rest < 0 ? whole - 1 : whole)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let date = [digits(Int(parts.tm_year) + 1900, 4), digits(Int(parts.tm_mon) + 1, 2), digits(Int(parts.tm_mday), 2)]
    let hours = [digits(Int(parts.tm_hour), 2), digits(Int(parts.tm_min), 2), digits(Int(parts.tm_sec), 2)]
    return date.joined(separator: "-") + "T" + hours.joined(separator: ":") + "."
      + digits(Int(rest < 0 ? rest + 1_000_000 : rest) / 1_000, 3)
      + "Z"
  }

  private static func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(width - text.utf8.count, 0)) + text
  }
}
