public import BreakerProtocol

/// A breaker has changed its state or mode.
public struct BreakerTransition: Equatable, Sendable {
  /// The breaker.
  public let name: String
  /// The state or mode before, as the daemon words it: `closed`, `open`, `half-open`, `forced-open` …
  public let from: String
  /// The state or mode from then on.
  public let to: String
  /// Why, in one word of the daemon's; empty if it does not say.
  public let cause: String
  /// The number of the event; it only grows, also over a restart of the daemon. 0: the daemon names none.
  public let sequence: Int64
  /// When, as `2026-11-23T15:04:05.123Z`; empty if the daemon does not say.
  public let at: String
  /// What else the daemon says: the figures that decided, and how long it lasts.
  public let figures: [Fields.Pair]

  /// The transition that these words tell; nil if one of name, from and to is missing.
  public init?(_ fields: Fields) {
    guard let name = fields["name"], let from = fields["from"], let to = fields["to"] else { return nil }
    self.name = name
    self.from = from
    self.to = to
    cause = fields["cause"] ?? ""
    sequence = fields["seq"].flatMap(Int64.init) ?? 0
    at = fields["at"] ?? ""
    figures = fields.pairs.filter { !Self.known.contains($0.key) }
  }

  private static let known: Set<String> = ["name", "from", "to", "cause", "seq", "at"]
}
