import BreakerConfiguration
import BreakerCore

/// What breakers of rows follow, unless the row says otherwise.
enum RowPolicy {
  static let all = [
    [],
    [
      ("trip.failure_rate", "50%"), ("trip.window.time", "10s"), ("trip.slow_rate", "90%"), ("trip.slow_call", "100ms"),
    ],
    [("trip.failure_rate", "50%"), ("trip.window.calls", "20"), ("ramp.duration", "10s")],
    [("concurrency.limit", "2"), ("concurrency.lease", "5s"), ("recovery", "check")],
  ].map(settings)

  private static func settings(_ keys: [(String, String)]) -> PolicySettings {
    var settings = PolicySettings()
    for (key, value) in keys {
      do { try settings.set(key, to: value) } catch { preconditionFailure("\(error)") }
    }
    return settings
  }

  /// The policy that the settings of an admin make of it; if they contradict it, they have no effect.
  static func resolve(_ base: PolicySettings, _ overrides: PolicySettings) -> Policy {
    if let policy = try? PolicyResolver.resolve([base, overrides]) { return policy }
    do throws(SettingError) { return try PolicyResolver.resolve([base]) } catch { preconditionFailure("\(error)") }
  }
}
