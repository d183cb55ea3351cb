/// A step that cannot be replayed.
public struct StepError: Error, Equatable, Sendable {
  /// Why, and what to do.
  public let message: String
}
