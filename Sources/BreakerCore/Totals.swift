/// What a breaker has counted since it was created. Nothing resets these.
public struct Totals: Equatable, Sendable {
  /// Calls that succeeded.
  public var ok: UInt64 = 0
  /// Calls that failed.
  public var failed: UInt64 = 0
  /// Calls that were slow, whichever way they ended.
  public var slow: UInt64 = 0
  /// Calls that said nothing about the dependency.
  public var ignored: UInt64 = 0
  /// Reports that came too late to mean anything.
  public var stale: UInt64 = 0
  /// Calls refused, here or by a client that knew the answer.
  public var refused: UInt64 = 0
  /// Permits whose lease ended without a report.
  public var lapsed: UInt64 = 0
  /// How often it opened.
  public var opened: UInt64 = 0

  /// Nothing counted yet.
  public init() {}
}
