import ArgumentParser
import BreakerConfiguration
import BreakerCore

/// Which policy to try: that of a name, perhaps with keys set otherwise.
struct PolicyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The breaker whose policy to follow.", valueName: "name"))
  var name: String?

  @Option(
    name: .customLong("default"),
    help: ArgumentHelp(
      "Set a key of the default policy, as for the daemon. May be repeated.", valueName: "key=value"))
  var defaults: [String] = []

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Try another value of a key, as 'breakerctl set' would set it. May be repeated.", valueName: "key=value"))
  var overrides: [String] = []

  /// The policy that they name.
  func resolve() throws(SimulateFailure) -> Policy {
    let defaults = try settings(defaults, of: "--default")
    let overrides = try settings(overrides, of: "--set")
    do throws(SettingError) {
      return try PolicyResolver.resolve([defaults, overrides])
    } catch {
      throw SimulateFailure("breakerd: \(error.message)", .configuration)
    }
  }

  func validate() throws {
    for (option, pairs) in [("--default", defaults), ("--set", overrides)] {
      for pair in pairs where !pair.contains("=") {
        throw ValidationError("\(option) takes KEY=VALUE, for example trip.consecutive_failures=3, not '\(pair)'")
      }
    }
  }

  private func settings(_ pairs: [String], of option: String) throws(SimulateFailure) -> PolicySettings {
    var settings = PolicySettings()
    for pair in pairs {
      let (key, value) = (pair.prefix { $0 != "=" }, pair.drop { $0 != "=" }.dropFirst())
      do {
        try settings.set(String(key), to: String(value))
      } catch {
        throw SimulateFailure("breakerd: \(option): \(error.message)", .configuration)
      }
    }
    return settings
  }
}
