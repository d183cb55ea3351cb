internal import BreakerProtocol

/// A text cannot be the name of a breaker.
public struct BreakerNameError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text.
  public let name: String

  /// What is wrong with it.
  public var description: String { "\(name.debugDescription) is not a breaker's name: \(BreakerName.rule)" }
}
