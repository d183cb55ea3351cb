public import BreakerCore

extension State {
  /// As on the wire: `closed`, `open`, `half-open`, `forced-open`, `forced-closed` or `observe`.
  public var word: StaticString {
    switch self {
    case .closed: "closed"
    case .open: "open"
    case .halfOpen: "half-open"
    case .forcedOpen: "forced-open"
    case .forcedClosed: "forced-closed"
    case .observe: "observe"
    }
  }
}
