import Synchronization

/// Raised once, and seen by everybody.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  /// Whether it is.
  var isRaised: Bool { value.load(ordering: .acquiring) }

  /// Raises it.
  func raise() { value.store(true, ordering: .releasing) }
}
