internal import BreakerProtocol

/// What the daemon tells a watcher.
public enum BreakerEvent: Equatable, Sendable {
  /// A breaker has changed its state or mode.
  case transition(BreakerTransition)
  /// This watcher was too slow: so many transitions are not told; the newest of each breaker follow, in no order.
  case lag(skipped: Int)

  /// The event that a pushed line tells; nil: one that this version does not know.
  init?(_ fields: Fields) {
    switch fields.words.first {
    case "transition":
      guard let transition = BreakerTransition(fields) else { return nil }
      self = .transition(transition)
    case "lag": self = .lag(skipped: fields["skipped"].flatMap(Int.init) ?? 0)
    default: return nil
    }
  }
}
