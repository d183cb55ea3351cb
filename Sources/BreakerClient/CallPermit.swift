internal import Synchronization

/// Leave to make one call, from ``BreakerHandle/permit(lease:)``. Tell its end by ``succeed()``, ``fail(_:)`` or
/// ``ignore()``: the first of them counts, the others do nothing.
///
/// The time from the permit to its end is told as the call's duration. A permit that is let go without an end counts as
/// ignored, and its place is given back.
public final class CallPermit: Sendable {
  private let grant: Grant
  private let handle: BreakerHandle
  private let isSettled = Atomic<Bool>(false)

  init(_ grant: Grant, of handle: BreakerHandle) {
    self.grant = grant
    self.handle = handle
  }

  deinit { ignore() }

  /// The breaker's name.
  public var name: String { handle.name }

  /// The call worked.
  public func succeed() { settle { $0.succeed(grant) } }

  /// The call failed, in a way that speaks against the dependency.
  ///
  /// - Parameter error: What happened; the name of its type is told as the class of the failure.
  public func fail(_ error: (any Error)? = nil) {
    settle { $0.fail(grant, errorClass: error.map { "\(type(of: $0))" }) }
  }

  /// The call says nothing about the dependency: it was cancelled, or was wrong itself.
  public func ignore() { settle { $0.ignore(grant) } }

  private func settle(_ tell: (BreakerState) -> Void) {
    guard !isSettled.exchange(true, ordering: .relaxed) else { return }
    tell(handle.state)
  }
}
