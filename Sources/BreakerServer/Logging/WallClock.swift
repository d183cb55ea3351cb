internal import Glibc

/// The time of day, for people. Nothing is decided by it.
enum WallClock {
  /// Now, as `2026-11-23T15:04:05.123Z`.
  static var now: String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var parts = tm()
    gmtime_r(&time.tv_sec, &parts)
    let date = [digits(Int(parts.tm_year) + 1900, 4), digits(Int(parts.tm_mon) + 1, 2), digits(Int(parts.tm_mday), 2)]
    let hours = [digits(Int(parts.tm_hour), 2), digits(Int(parts.tm_min), 2), digits(Int(parts.tm_sec), 2)]
    return date.joined(separator: "-") + "T" + hours.joined(separator: ":") + "." + digits(time.tv_nsec / 1_000_000, 3)
      + "Z"
  }

  private static func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(width - text.utf8.count, 0)) + text
  }
}
