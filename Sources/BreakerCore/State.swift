/// What a breaker is doing, as everybody sees it: the state, or the mode that an admin has put over it.
public enum State: UInt8, CaseIterable, Sendable {
  /// Calls pass and their outcomes are counted. Leads to ``open`` when a rule holds.
  case closed
  /// Calls are refused. Leads to ``halfOpen`` at its retry time, or waits for an admin (recovery `manual`).
  case open
  /// A few calls pass as probes. Leads to ``closed`` on proof, to ``open`` on failure.
  case halfOpen
  /// An admin refuses all calls. Its end or a release leads to ``halfOpen``.
  case forcedOpen
  /// An admin lets all calls pass. Its end or a release leads to ``closed``.
  case forcedClosed
  /// All calls pass and are counted; what would have opened it is only told. Its end or a release leads to ``closed``.
  case observe

  /// Whether an admin's force is in effect.
  public var isForced: Bool {
    switch self {
    case .closed, .open, .halfOpen: false
    case .forcedOpen, .forcedClosed, .observe: true
    }
  }
}

/// What an admin can force a breaker to be.
public enum ForcedMode: UInt8, CaseIterable, Sendable {
  /// Refuse all calls.
  case open
  /// Let all calls pass, count only totals.
  case closed
  /// Let all calls pass, and tell when a rule would have opened it.
  case observe

  /// The state that this mode shows as.
  public var state: State {
    switch self {
    case .open: .forcedOpen
    case .closed: .forcedClosed
    case .observe: .observe
    }
  }
}
