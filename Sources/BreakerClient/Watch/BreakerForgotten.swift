public import BreakerProtocol

/// A breaker is no more: an admin has dropped it, or nobody has asked for it for long.
public struct BreakerForgotten: Equatable, Sendable {
  /// The breaker.
  public let name: String
  /// The number of the event; it only grows, also over a restart of the daemon. 0: the daemon names none.
  public let sequence: Int64
  /// When, as `2026-11-23T15:04:05.123Z`; empty if the daemon does not say.
  public let at: String

  /// What these words tell; nil if the name is missing.
  public init?(_ fields: Fields) {
    guard let name = fields["name"] else { return nil }
    self.name = name
    sequence = fields["seq"].flatMap(Int64.init) ?? 0
    at = fields["at"] ?? ""
  }
}
