/// The sizes that both ends of the protocol agree on.
public enum Limits {
  /// The longest line, in bytes, without its LF or CRLF.
  public static let line = 1024
  /// The longest tag, in bytes, without its `@`.
  public static let tag = 32
  /// The longest name of a breaker, in bytes.
  public static let name = 100
  /// The longest glob, in bytes.
  public static let glob = 127
  /// The longest class of error (`err=`), client name or instance name, in bytes after decoding.
  public static let word = 32
  /// The longest reason (`why=`), in bytes after decoding.
  public static let reason = 200
  /// The most successes in one report.
  public static let count = 1_000_000
  /// The most rows in one list.
  public static let page = 1_000
  /// The longest duration or age in a request, in milliseconds: ten years.
  public static let milliseconds = 315_360_000_000
}
