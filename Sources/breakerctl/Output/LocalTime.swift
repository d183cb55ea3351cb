#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A time of the daemon's, `2026-11-23T15:04:05.123Z`, as the clock on this user's wall shows it.
struct LocalTime {
  /// As `15:04:05.123`.
  let time: String
  /// As `2026-11-23`.
  let date: String

  /// As `2026-11-23 15:04:05.123`.
  var dateAndTime: String { date + " " + time }

  /// Nil if `text` is no such time.
  init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 1)
    let numbers = parts.first?.split(omittingEmptySubsequences: false) { "-T:".contains($0) }.compactMap { Int32($0) }
    guard parts.count == 2, parts[1].last == "Z", let numbers, numbers.count == 6 else { return nil }
    var universal = tm()
    (universal.tm_year, universal.tm_mon, universal.tm_mday) = (numbers[0] - 1_900, numbers[1] - 1, numbers[2])
    (universal.tm_hour, universal.tm_min, universal.tm_sec) = (numbers[3], numbers[4], numbers[5])
    var seconds = timegm(&universal)
    var local = tm()
    guard localtime_r(&seconds, &local) != nil else { return nil }
    time = [local.tm_hour, local.tm_min, local.tm_sec].map(Self.two).joined(separator: ":") + "." + parts[1].dropLast()
    date = "\(local.tm_year + 1_900)-" + [local.tm_mon + 1, local.tm_mday].map(Self.two).joined(separator: "-")
  }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
