public import BreakerProtocol

/// A call was refused, and not made.
public struct BreakerDenied: Error, Equatable, Sendable, CustomStringConvertible {
  /// Why a call is refused.
  public enum Reason: Hashable, Sendable {
    /// The breaker is open.
    case open
    /// The breaker is half-open, and all its probes are out.
    case halfOpen
    /// An admin refuses all calls.
    case forcedOpen
    /// As many calls are under way as the limit allows.
    case saturated
    /// The breaker closed a moment ago, and lets only a share of the calls pass.
    case ramp
    /// The daemon cannot be asked, and ``OnUnavailable/deny`` was wanted.
    case unavailable(BreakerUnavailable)
    /// The daemon cannot be asked, and this process has seen too many failures itself; see ``OnUnavailable/local``.
    case local(BreakerUnavailable)
    /// A reason that this version does not know.
    case other(String)
  }

  /// The breaker.
  public let name: String
  /// Why.
  public let reason: Reason
  /// When to ask again; nil: not known, or nothing changes until an admin acts.
  public let retryAfter: Duration?

  /// Whether the daemon refuses, by its own judgement or an admin's; else it could not be asked.
  public var isByDaemon: Bool {
    switch reason {
    case .open, .halfOpen, .forcedOpen, .saturated, .ramp, .other: true
    case .unavailable, .local: false
    }
  }

  /// The refusal made of these.
  public init(name: String, reason: Reason, retryAfter: Duration? = nil) {
    self.name = name
    self.reason = reason
    self.retryAfter = retryAfter
  }

  /// What is refused, why, and until when.
  public var description: String {
    let retry = retryAfter.map { ", retry in \($0.shortText)" } ?? ""
    return switch reason {
    case .open: "breaker \(name) is open\(retry)"
    case .halfOpen: "breaker \(name) is half-open and is being probed\(retry)"
    case .forcedOpen: "breaker \(name) was forced open by an admin\(retry)"
    case .saturated: "breaker \(name) has as many calls under way as it allows\(retry)"
    case .ramp: "breaker \(name) has just closed and lets only some calls pass\(retry)"
    case .unavailable(let cause): "breaker \(name) cannot be asked: \(cause)"
    case .local(let cause): "breaker \(name) is open in this process\(retry); breakerd cannot be asked: \(cause)"
    case .other(let word): "breaker \(name) refuses: \(word)\(retry)"
    }
  }
}

extension BreakerDenied.Reason {
  /// The reason as the daemon words it.
  public init(_ reason: AllowReason) {
    switch reason {
    case .open: self = .open
    case .halfOpen: self = .halfOpen
    case .forcedOpen: self = .forcedOpen
    case .saturated: self = .saturated
    case .ramp: self = .ramp
    case .closed, .forcedClosed, .observe, .unmanaged, .other: self = .other(reason.word)
    }
  }
}
