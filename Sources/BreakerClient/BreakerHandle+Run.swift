/// Guarded calls: asked for, made, timed, and told of.
extension BreakerHandle {
  /// Makes a call if the breaker lets it pass, and tells the daemon how it ended and how long it took.
  ///
  /// - Parameters:
  ///   - lease: How long the call may take at most; see ``permit(lease:)``.
  ///   - isFailure: Whether an error speaks against the dependency; all do unless said. One that does not, and a
  ///     `CancellationError`, count as nothing.
  ///   - operation: The call.
  /// - Throws: ``BreakerDenied`` if it was not made; else what the operation throws.
  @inlinable public nonisolated(nonsending) func run<Value>(
    lease: Duration? = nil, isFailure: (any Error) -> Bool = { _ in true },
    _ operation: nonisolated(nonsending) () async throws -> Value
  ) async throws -> Value {
    let grant: Grant
    if let pass = try state.pass() { grant = pass } else { grant = try await ask(lease: lease) }
    do {
      let value = try await operation()
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
  ///   It is not asked when the task was cancelled.
  @inlinable public nonisolated(nonsending) func run<Value>(
    lease: Duration? = nil, isFailure: (any Error) -> Bool = { _ in true },
    _ operation: nonisolated(nonsending) () async throws -> Value,
    fallback: nonisolated(nonsending) (any Error) async throws -> Value
  ) async throws -> Value {
    do {
      return try await run(lease: lease, isFailure: isFailure, operation)
    } catch let error as CancellationError {
      throw error
    } catch {
      return try await fallback(error)
    }
  }

  /// The same, for a call that may take only so long. After that it has failed, and its task is cancelled.
  ///
  /// The failure is told at once, but this returns only when the operation has, as structured concurrency has it: let it
  /// heed cancellation. The lease it asks for is the timeout and 5 seconds more.
  ///
  /// - Parameters:
  ///   - timeout: How long the call may take.
  ///   - isFailure: Whether an error speaks against the dependency; a time-out always does.
  ///   - operation: The call.
  /// - Throws: ``BreakerDenied``, ``BreakerTimeout``, or what the operation throws.
  public func run<Value: Sendable>(
    timeout: Duration, isFailure: (any Error) -> Bool = { _ in true },
    _ operation: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let grant: Grant
    if let pass = try state.pass() { grant = pass } else { grant = try await ask(lease: timeout + .seconds(5)) }
    let expired = BreakerTimeout(name: name, timeout: timeout)
    return try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask(operation: operation)
      group.addTask {
        try await Task.sleep(for: timeout)
        throw expired
      }
      defer { group.cancelAll() }
      do {
        guard let value = try await group.next() else { throw CancellationError() }
        state.succeed(grant)
        return value
      } catch let error as BreakerTimeout where error == expired {
        state.fail(grant, errorClass: "timeout")
        throw error
      } catch {
        state.settle(grant, error, isFailure: isFailure)
        throw error
      }
    }
  }

  /// The same, with something else to return when the call was refused, has failed, or took too long.
  ///
  /// - Parameter fallback: Is given the reason, and may throw itself. It is not asked when the task was cancelled.
  public func run<Value: Sendable>(
    timeout: Duration, isFailure: (any Error) -> Bool = { _ in true },
    _ operation: @escaping @Sendable () async throws -> Value,
    fallback: (any Error) async throws -> Value
  ) async throws -> Value {
    do {
      return try await run(timeout: timeout, isFailure: isFailure, operation)
    } catch let error as CancellationError {
      throw error
    } catch {
      return try await fallback(error)
    }
  }
}
