internal import BreakerCore
internal import BreakerProtocol

/// One breaker, as a client sees it. Cheap to make and to copy; keep it or ask for it anew, as is handier.
///
/// Calls are decided by the daemon's board, in memory, where it can decide; else the daemon is asked. Each way to make a call
/// has an async form, and one for programs without concurrency, which blocks its thread while the daemon is asked, for as
/// long as the client's deadline at most. They have different names: of two functions of one name Swift would take the
/// blocking one for a closure in which nothing is awaited, in async functions too.
public struct BreakerHandle: Sendable {
  let client: BreakerClient
  @usableFromInline let state: BreakerState

  /// The breaker's name.
  public var name: String { state.name }

  /// Asks whether a call may be made, for callers that tell its end themselves; ``run(lease:isFailure:_:)`` does both.
  ///
  /// The wait is bounded by the client's deadline, and does not end earlier when the task is cancelled.
  ///
  /// - Parameter lease: How long the call may take at most; nil: what the breaker's policy says. It matters where the
  ///   daemon keeps a place for the call, as for a probe: not settled by then, a probe has failed.
  /// - Throws: ``BreakerDenied``: do not make the call.
  public nonisolated(nonsending) func permit(lease: Duration? = nil) async throws(BreakerDenied) -> CallPermit {
    if let grant = try state.pass() { return CallPermit(grant, of: self) }
    return CallPermit(try await ask(lease: lease), of: self)
  }

  /// The same for programs without concurrency: while the daemon is asked, the thread is blocked, for as long as the client's
  /// deadline at most. On the event loop of the client, where the answer would come, the daemon counts as unavailable.
  ///
  /// - Throws: ``BreakerDenied``: do not make the call.
  public func permitBlocking(lease: Duration? = nil) throws(BreakerDenied) -> CallPermit {
    if let grant = try state.pass() { return CallPermit(grant, of: self) }
    return CallPermit(try askBlocking(lease: lease), of: self)
  }

  /// Asks the daemon.
  @usableFromInline nonisolated(nonsending) func ask(lease: Duration?) async throws(BreakerDenied) -> Grant {
    let answer = await state.link.ask(.allow(name, lease: lease?.timespan), breaker: name)
    return try state.judge(answer, unavailable: client.unavailable)
  }

  /// Asks the daemon, and blocks the thread until it has answered.
  @usableFromInline func askBlocking(lease: Duration?) throws(BreakerDenied) -> Grant {
    let answer = state.link.askBlocking(.allow(name, lease: lease?.timespan), breaker: name)
    return try state.judge(answer, unavailable: client.unavailable)
  }
}
