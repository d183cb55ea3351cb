internal import BreakerCore

/// A setting that is refused: an unknown key, a value that is wrong by itself, or one that contradicts others.
public struct SettingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The key that is to blame, as written; `trip` where all trip rules together are.
  public let key: String
  /// What is wrong, at which key, and what to do.
  public let message: String

  /// The message.
  public var description: String { message }

  private init(key: String, message: String) {
    self.key = key
    self.message = message
  }

  init(_ key: PolicyKey, _ problem: String) { self.init(key: key.rawValue, message: "\(key): \(problem)") }

  /// No trip rule is left.
  static let neverOpens = SettingError(
    key: "trip",
    message: "trip: the breaker could never open, no rule is left; give one of "
      + KeySet.tripRules.keys.map(\.rawValue).joined(separator: ", "))

  /// There is no such key; names the ones that are close.
  static func unknown(_ key: String) -> SettingError {
    let near = PolicyKey.nearest(to: key).map { "'\($0)'" }
    let advice =
      near.isEmpty
      ? "keys are dotted, such as trip.failures or open.duration, or a word such as recovery; 'breakerd policy NAME' shows them"
      : "did you mean \(near.joined(separator: " or "))?"
    return SettingError(key: key, message: "unknown key \(key.quoted), \(advice)")
  }
}
