/// A length of time in whole microseconds.
public struct Timespan: Hashable, Comparable, Sendable {
  /// The length in microseconds.
  public var microseconds: Int64

  /// No time at all.
  public static let zero = Timespan(microseconds: 0)

  /// Longer than anything.
  static let endless = Timespan(microseconds: .max)

  /// A length of `microseconds`.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// A length of whole milliseconds; at most what an `Int64` of microseconds holds.
  public static func milliseconds(_ count: Int64) -> Timespan { scaled(count, by: 1_000) }

  /// A length of whole seconds; at most what an `Int64` of microseconds holds.
  public static func seconds(_ count: Int64) -> Timespan { scaled(count, by: 1_000_000) }

  /// The length in milliseconds, rounded up, so that who waits that long has waited long enough.
  public var millisecondsRoundedUp: Int64 {
    let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000)
    return rest > 0 ? whole + 1 : whole
  }

  /// Whether `left` is shorter than `right`.
  public static func < (left: Timespan, right: Timespan) -> Bool { left.microseconds < right.microseconds }

  private static func scaled(_ count: Int64, by factor: Int64) -> Timespan {
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    return Timespan(microseconds: overflow ? (count > 0 ? .max : .min) : product)
  }
}
