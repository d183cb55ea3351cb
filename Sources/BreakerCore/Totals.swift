/// What a breaker has counted since it was created. Nothing resets these.
public struct Totals: Equatable, Sendable {
  /// Calls that succeeded.
  public var ok: UInt64 = 0
  /// Calls that failed.
  public var failed: UInt64 = 0
  /// All else, by kind, out of line: most breakers never count any of it. Empty as long as all are 0.
  private var others: [UInt64] = []

  /// What is counted beside calls that succeeded or failed. Stores keep these by their numbers: new ones come last.
  public enum Kind: Int, CaseIterable, Sendable {
    /// Calls that were slow, whichever way they ended.
    case slow
    /// Calls that said nothing about the dependency.
    case ignored
    /// Reports that came too late to mean anything.
    case stale
    /// Permits whose lease ended without a report.
    case lapsed
    /// How often it opened.
    case opened
    /// Permits given to probes.
    case probes
    /// Calls refused, by the reason for it.
    case refusedOpen, refusedHalfOpen, refusedForcedOpen, refusedRamp, refusedSaturated
    /// Calls that clients refused by themselves, since they knew the answer.
    case refusedElsewhere
    /// Moves, by the state they led to; a reset leads to closed.
    case toClosed, toOpen, toHalfOpen, toForcedOpen, toForcedClosed, toObserve

    /// Calls refused for this reason.
    public init(_ refusal: Decision.Refusal) {
      self =
        switch refusal {
        case .open: .refusedOpen
        case .halfOpen: .refusedHalfOpen
        case .forcedOpen: .refusedForcedOpen
        case .ramp: .refusedRamp
        case .saturated: .refusedSaturated
        }
    }

    /// Moves to this state.
    public init(movesTo state: State) {
      self =
        switch state {
        case .closed: .toClosed
        case .open: .toOpen
        case .halfOpen: .toHalfOpen
        case .forcedOpen: .toForcedOpen
        case .forcedClosed: .toForcedClosed
        case .observe: .toObserve
        }
    }
  }

  /// Nothing counted yet.
  public init() {}

  /// How many of this kind.
  public subscript(kind: Kind) -> UInt64 {
    get { others.isEmpty ? 0 : others[kind.rawValue] }
    set {
      if others.isEmpty {
        guard newValue != 0 else { return }
        others = Array(repeating: 0, count: Kind.allCases.count)
      }
      others[kind.rawValue] = newValue
    }
  }

  /// Calls refused, here or by a client that knew the answer.
  public var refused: UInt64 {
    let refusals = Kind.refusedOpen.rawValue...Kind.refusedElsewhere.rawValue
    return others.isEmpty ? 0 : others[refusals].reduce(0, &+)
  }
}
