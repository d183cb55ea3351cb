public import BreakerCore

/// The reply to `allow`, read by a client. Words it does not know are passed over.
public struct AllowAnswer: Equatable, Sendable {
  /// Whether the call may pass.
  public var isAllowed: Bool
  /// Why.
  public var reason: AllowReason
  /// What the call's report brings back; nil where none was given.
  public var token: Token?
  /// How long the permit holds; nil without one, and for a denial.
  public var lease: Timespan?
  /// When to ask again; nil: allowed, or nothing changes until an admin acts.
  public var retryAfter: Timespan?

  /// The answer made of these.
  public init(
    isAllowed: Bool, reason: AllowReason, token: Token? = nil, lease: Timespan? = nil, retryAfter: Timespan? = nil
  ) {
    self.isAllowed = isAllowed
    self.reason = reason
    self.token = token
    self.lease = lease
    self.retryAfter = retryAfter
  }

  /// The answer in the rest of a reply line, as `allow closed 123`; nil if it begins with neither `allow` nor `deny`.
  public init?(_ rest: Bytes) {
    var words = Words(rest)
    guard let verdict = words.skip() else { return nil }
    if verdict.equals("allow") {
      isAllowed = true
    } else if verdict.equals("deny") {
      isAllowed = false
    } else {
      return nil
    }
    reason = AllowReason(words.skip() ?? Bytes(start: nil, count: 0))
    while let word = words.skip() {
      let (key, value) = Request.split(word)
      if let value {
        guard let number = value.decimal(upTo: Limits.milliseconds) else { continue }
        if key.equals("lease_ms") { lease = .milliseconds(Int64(number)) }
        if key.equals("retry_ms") { retryAfter = .milliseconds(Int64(number)) }
      } else if isAllowed, token == nil {
        token = Token(word)
      }
    }
  }
}
