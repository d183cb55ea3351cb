import BreakerConfiguration
import BreakerCore

enum TestPolicies {
  /// The built-in policy with these keys set.
  static func policy(_ keys: [(String, String)] = []) throws -> Policy {
    try PolicyResolver.resolve([settings(keys)])
  }

  static func settings(_ keys: [(String, String)]) throws -> PolicySettings {
    var settings = PolicySettings()
    for (key, value) in keys { try settings.set(key, to: value) }
    return settings
  }
}
