/// The answer to «may I call?».
public enum Decision: Equatable, Sendable {
  /// Yes. Bring `token` back with the report; with a `lease`, before it ends.
  case allow(Allowance, Token, lease: Timespan?)
  /// No. Ask again after `retryAfter`; nil: nothing changes until an admin acts, or (saturated) a call ends.
  case deny(Refusal, retryAfter: Timespan?)

  /// Why a call may pass.
  public enum Allowance: Sendable, CaseIterable {
    /// The breaker is closed.
    case closed
    /// The call is a probe of a half-open breaker.
    case halfOpen
    /// An admin lets all calls pass.
    case forcedClosed
    /// An admin only watches what the breaker would do.
    case observe
  }

  /// Why a call may not pass.
  public enum Refusal: Sendable, CaseIterable {
    /// The breaker is open.
    case open
    /// The breaker is half-open and all its permits are out.
    case halfOpen
    /// An admin refuses all calls.
    case forcedOpen
    /// The breaker closed a moment ago, and only a share of the calls passes.
    case ramp
    /// As many calls are under way as the limit allows.
    case saturated
  }
}
