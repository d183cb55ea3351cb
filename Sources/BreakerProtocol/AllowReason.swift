/// Why a call may pass, or may not. Servers to come may have more reasons than these; the verdict stands beside it.
public enum AllowReason: Hashable, Sendable {
  /// The breaker is closed.
  case closed
  /// The breaker is open.
  case open
  /// The breaker is half-open: allowed, the call is a probe; refused, all probes are out.
  case halfOpen
  /// An admin refuses all calls.
  case forcedOpen
  /// An admin lets all calls pass.
  case forcedClosed
  /// All calls pass, and are only watched.
  case observe
  /// There are too many breakers to have this one: all its calls pass.
  case unmanaged
  /// As many calls are under way as the limit allows.
  case saturated
  /// The breaker closed a moment ago, and lets only a share of the calls pass.
  case ramp
  /// A word that this version does not know.
  case other(String)

  /// As on the wire.
  public var word: String {
    switch self {
    case .closed: "closed"
    case .open: "open"
    case .halfOpen: "half-open"
    case .forcedOpen: "forced-open"
    case .forcedClosed: "forced-closed"
    case .observe: "observe"
    case .unmanaged: "unmanaged"
    case .saturated: "saturated"
    case .ramp: "ramp"
    case .other(let word): word
    }
  }

  /// The reason with this word.
  init(_ word: Bytes) {
    if word.equals("closed") {
      self = .closed
    } else if word.equals("open") {
      self = .open
    } else if word.equals("half-open") {
      self = .halfOpen
    } else if word.equals("forced-open") {
      self = .forcedOpen
    } else if word.equals("forced-closed") {
      self = .forcedClosed
    } else if word.equals("observe") {
      self = .observe
    } else if word.equals("unmanaged") {
      self = .unmanaged
    } else if word.equals("saturated") {
      self = .saturated
    } else if word.equals("ramp") {
      self = .ramp
    } else {
      self = .other(String(decoding: word, as: UTF8.self))
    }
  }
}
