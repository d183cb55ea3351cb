/// A guarded call took longer than it was given.
public struct BreakerTimeout: Error, Equatable, Sendable, CustomStringConvertible {
  /// The breaker.
  public let name: String
  /// How long the call was given.
  public let timeout: Duration

  /// What took too long.
  public var description: String { "the call guarded by \(name) took longer than \(timeout.shortText)" }
}
