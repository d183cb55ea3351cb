import BreakerReplay
import Glibc

/// What standard output can show.
enum Terminal {
  /// Colours only on a terminal, and where `NO_COLOR` does not forbid them (no-color.org); blocks where the locale has
  /// them; as wide as the terminal, else 80 characters.
  static var style: SummaryStyle {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let hasColours = isTerminal && (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") ?? "dumb" != "dumb"
    return SummaryStyle(width: isTerminal ? width : 80, hasBlocks: isUnicode, hasColours: hasColours)
  }

  private static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return min(Int(size.ws_col), 200)
  }

  /// Whether the locale writes UTF-8.
  private static var isUnicode: Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { variable($0) }.first { !$0.isEmpty } ?? ""
    let name = locale.lowercased()
    return name.hasSuffix("utf-8") || name.hasSuffix("utf8")
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
