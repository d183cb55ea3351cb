/// A call that is known to be under way, and who makes it.
public struct Holder: Equatable, Sendable {
  /// Who was let through.
  public let caller: Caller
  /// What its report brings back.
  public let token: Token
  /// When it was let through.
  public let since: Instant
  /// When it is no longer waited for.
  public let expires: Instant
  /// Whether it is a probe.
  public let isProbe: Bool
  /// Whether it has counted as failed already, since it has been under way for too long.
  public let isOverdue: Bool

  /// The holder made of these.
  public init(caller: Caller, token: Token, since: Instant, expires: Instant, isProbe: Bool, isOverdue: Bool) {
    self.caller = caller
    self.token = token
    self.since = since
    self.expires = expires
    self.isProbe = isProbe
    self.isOverdue = isOverdue
  }
}

extension Breaker {
  /// The calls that are known to be under way: the `most` oldest, the oldest first.
  public func holders(_ most: Int) -> [Holder] {
    guard let rare else { return [] }
    let generation = Token(generation: generation).generation
    let holders =
      rare.probes.oldest(most).map { Holder($0, generation: generation) } + rare.calls.oldest(most).map { Holder($0) }
    return Array(holders.sorted { ($0.since, $0.token.permit) < ($1.since, $1.token.permit) }.prefix(most))
  }
}

extension Holder {
  fileprivate init(_ permit: Permit, generation: UInt32) {
    self.init(
      caller: permit.holder, token: Token(generation: UInt64(generation), permit: permit.number), since: permit.since,
      expires: permit.expires, isProbe: true, isOverdue: false)
  }

  fileprivate init(_ call: TrackedCall) {
    self.init(
      caller: call.holder, token: Token(generation: UInt64(call.generation), permit: call.number), since: call.since,
      expires: call.expires, isProbe: call.isProbe, isOverdue: call.isJudged)
  }
}
