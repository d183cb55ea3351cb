/// Calls, and how many of them failed or were slow (or both).
public struct Counts: Equatable, Sendable {
  /// All calls.
  public var total = 0
  /// Those that failed.
  public var failures = 0
  /// Those that were slow.
  public var slow = 0

  /// No calls, to be filled in.
  public init() {}

  init(total: Int, failures: Int, slow: Int) {
    self.total = total
    self.failures = failures
    self.slow = slow
  }

  /// No calls.
  public static let zero = Counts()

  static func += (sum: inout Counts, more: Counts) {
    sum.total += more.total
    sum.failures += more.failures
    sum.slow += more.slow
  }

  static func -= (sum: inout Counts, less: Counts) {
    sum.total -= less.total
    sum.failures -= less.failures
    sum.slow -= less.slow
  }
}
