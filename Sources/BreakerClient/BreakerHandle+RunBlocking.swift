/// Guarded calls of programs without concurrency.
extension BreakerHandle {
  /// Makes a call if the breaker lets it pass, and tells the daemon how it ended and how long it took.
  ///
  /// Where the board cannot decide, this blocks the thread while the daemon is asked, for as long as the client's deadline at
  /// most. On the event loop of the client, where the answer would come, the daemon counts as unavailable.
  ///
  /// - Parameters:
  ///   - lease: How long the call may take at most; see ``permitBlocking(lease:)``.
  ///   - isFailure: Whether an error speaks against the dependency; all do unless said. One that does not, and a
  ///     `CancellationError`, count as nothing.
  ///   - operation: The call.
  /// - Throws: ``BreakerDenied`` if it was not made; else what the operation throws.
  @inlinable public func runBlocking<Value>(
    lease: Duration? = nil, isFailure: (any Error) -> Bool = { _ in true }, _ operation: () throws -> Value
  ) throws -> Value {
    let grant: Grant
    if let pass = try state.pass() { grant = pass } else { grant = try askBlocking(lease: lease) }
    do {
      let value = try operation()
      state.succeed(grant)
      return value
    } catch {
      state.settle(grant, error, isFailure: isFailure)
      throw error
    }
  }

  /// The same, with something else to return when the call was refused or has failed.
  ///
  /// - Parameter fallback: Is given the reason, a ``BreakerDenied`` or what the operation threw, and may throw itself.
  @inlinable public func runBlocking<Value>(
    lease: Duration? = nil, isFailure: (any Error) -> Bool = { _ in true }, _ operation: () throws -> Value,
    fallback: (any Error) throws -> Value
  ) throws -> Value {
    do {
      return try runBlocking(lease: lease, isFailure: isFailure, operation)
    } catch let error as CancellationError {
      throw error
    } catch {
      return try fallback(error)
    }
  }
}
