internal import BreakerCore

/// A call that may pass: what its end is to be told with, and since when it runs.
struct Grant: Sendable {
  let client: BreakerClient
  let state: BreakerState
  /// Nil: there is nothing to tell the daemon.
  let token: Token?
  let startedAt: Instant

  /// Whether the daemon keeps a place for this call, which it must get back.
  var holdsPermit: Bool { token.map { $0.permit != 0 } ?? false }

  /// Tells how the call ended. To be called once.
  func settle(_ outcome: Outcome, errorClass: String? = nil) {
    let now = client.clock.now()
    if case .local(let failures, let duration) = client.configuration.onUnavailable {
      state.record(outcome, failures: failures, duration: duration.timespan, at: now)
    }
    guard let token, outcome != .ignore || holdsPermit else { return }
    client.send(
      PendingReport(
        name: state.name, outcome: outcome, token: token, duration: outcome == .ignore ? nil : now - startedAt,
        errorClass: errorClass, endedAt: now))
  }
}
