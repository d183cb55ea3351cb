internal import BreakerProtocol

/// What the daemon tells a watcher.
public enum BreakerEvent: Equatable, Sendable {
  /// A breaker has changed its state or mode.
  case transition(BreakerTransition)
  /// A breaker was dropped, with all that was known of it. Its name can come back, as a new one that is closed.
  case forgotten(BreakerForgotten)
  /// This watcher was too slow: so many transitions are not told; the newest of each breaker follow, in no order. Where
  /// `mustList`, breakers were forgotten too that are not told: who keeps a list of them has to ask for it anew.
  case lag(skipped: Int, mustList: Bool)

  /// The event that a pushed line tells; nil: one that this version does not know.
  init?(_ fields: Fields) {
    switch fields.words.first {
    case "transition":
      guard let transition = BreakerTransition(fields) else { return nil }
      self = .transition(transition)
    case "forgotten":
      guard let forgotten = BreakerForgotten(fields) else { return nil }
      self = .forgotten(forgotten)
    case "lag":
      self = .lag(skipped: fields["skipped"].flatMap(Int.init) ?? 0, mustList: fields["list"] == "again")
    default: return nil
    }
  }
}
