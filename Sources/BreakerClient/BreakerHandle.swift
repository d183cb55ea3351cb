internal import BreakerCore
internal import BreakerProtocol

/// One breaker, as a client sees it. Cheap to make and to copy; keep it or ask for it anew, as is handier.
public struct BreakerHandle: Sendable {
  let client: BreakerClient
  let state: BreakerState

  /// The breaker's name.
  public var name: String { state.name }

  /// Asks whether a call may be made, for callers that tell its end themselves; ``run(lease:isFailure:_:)`` does both.
  ///
  /// The wait is bounded by the client's deadline, and does not end earlier when the task is cancelled.
  ///
  /// - Parameter lease: How long the call may take at most; nil: what the breaker's policy says. It matters where the
  ///   daemon keeps a place for the call, as for a probe: not settled by then, a probe has failed.
  /// - Throws: ``BreakerDenied``: do not make the call.
  public func permit(lease: Duration? = nil) async throws(BreakerDenied) -> CallPermit {
    CallPermit(try await grant(lease: lease))
  }

  func grant(lease: Duration?) async throws(BreakerDenied) -> Grant {
    let answer = await client.ask(.allow(name, lease: lease?.timespan), breaker: name)
    switch answer {
    case .allow(let answer):
      guard answer.isAllowed else {
        throw BreakerDenied(
          name: name, reason: .init(answer.reason), retryAfter: answer.retryAfter?.duration)
      }
      if let token = answer.token { state.remember(token) }
      return Grant(client: client, state: state, token: answer.token, startedAt: client.clock.now())
    case .error(let code, let text): return try grantWithout(.refused(code: code, text: text))
    case .unavailable(let reason): return try grantWithout(reason)
    case .reply(let text): return try grantWithout(.notBreakerd(text))
    case .list: return try grantWithout(.notBreakerd("a list"))
    }
  }

  /// Decides without the daemon.
  private func grantWithout(_ reason: BreakerUnavailable.Reason) throws(BreakerDenied) -> Grant {
    let now = client.clock.now()
    switch client.configuration.onUnavailable {
    case .allow: break
    case .deny: throw BreakerDenied(name: name, reason: .unavailable(client.unavailable(reason)))
    case .local(let failures, let duration):
      if let wait = state.decide(failures: failures, duration: duration.timespan, at: now) {
        throw BreakerDenied(
          name: name, reason: .local(client.unavailable(reason)), retryAfter: wait.duration)
      }
    }
    return Grant(client: client, state: state, token: state.lastToken, startedAt: now)
  }
}
