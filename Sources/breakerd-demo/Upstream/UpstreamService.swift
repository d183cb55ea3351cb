import Synchronization

/// What all connections of the upstream share: how it is, and the calls it has had.
final class UpstreamService: Sendable {
  private struct State {
    var health = Health.healthy
    var calls: [ServedCall] = []
  }

  private let state = Mutex(State())

  /// All calls that have ended, in the order of their ends.
  var calls: [ServedCall] { state.withLock { $0.calls } }

  /// How it is, for calls that come from now on.
  var health: Health {
    get { state.withLock { $0.health } }
    set { state.withLock { $0.health = newValue } }
  }

  /// A call has ended.
  func record(_ call: ServedCall) { state.withLock { $0.calls.append(call) } }
}
