/// A point in time: whole microseconds since an origin that the caller chooses and keeps.
///
/// The core has no clock. Whoever calls it says what time it is, and never says an earlier time than before. The time
/// buckets of a window lie on a grid that starts at the origin.
public struct Instant: Hashable, Comparable, Sendable {
  /// Microseconds since the origin; negative before it.
  public var microseconds: Int64

  /// The origin.
  public static let zero = Instant(microseconds: 0)

  /// A time that does not come: the deadline of something that waits for an admin.
  public static let never = Instant(microseconds: .max)

  /// Before all times: when something happened that has not happened yet.
  public static let distantPast = Instant(microseconds: .min)

  /// The instant `microseconds` after the origin.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Whether `left` is earlier than `right`.
  public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

  /// The instant `span` later; ``never`` where that cannot be expressed.
  public static func + (instant: Instant, span: Timespan) -> Instant {
    let (sum, overflow) = instant.microseconds.addingReportingOverflow(span.microseconds)
    return overflow ? .never : Instant(microseconds: sum)
  }

  /// The instant `span` earlier, at the earliest the first that can be expressed.
  public static func - (instant: Instant, span: Timespan) -> Instant {
    let (difference, overflow) = instant.microseconds.subtractingReportingOverflow(span.microseconds)
    return Instant(microseconds: overflow ? .min : difference)
  }

  /// The time from `earlier` to `later`; negative the other way round.
  public static func - (later: Instant, earlier: Instant) -> Timespan {
    let (difference, overflow) = later.microseconds.subtractingReportingOverflow(earlier.microseconds)
    guard overflow else { return Timespan(microseconds: difference) }
    return Timespan(microseconds: later > earlier ? .max : .min)
  }
}
