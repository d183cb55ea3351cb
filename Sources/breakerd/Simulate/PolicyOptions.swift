import ArgumentParser
import BreakerConfiguration
import BreakerCore
import BreakerProtocol
import BreakerServer

/// Which policy to try: that of a name, perhaps with some keys set otherwise.
struct PolicyOptions: ParsableArguments {
  @OptionGroup var configuration: ConfigurationOptions

  @Option(
    help: ArgumentHelp(
      "The breaker whose policy to follow; if left out, what a name follows that no pattern matches.",
      valueName: "name"))
  var name: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Try another value of a key, as 'breakerctl set' would set it. May be repeated.", valueName: "key=value"))
  var overrides: [Assignment] = []

  func validate() throws {
    guard let name, !BreakerName.isValid(Array(name.utf8)) else { return }
    throw ValidationError("'\(name)' is not a name; write \(BreakerName.rule)")
  }

  /// The policy that they name.
  func resolve() throws(SimulateFailure) -> Policy {
    do throws(StartError) {
      let configuration = try configuration.load(usual: Paths.current.configuration)
      let rule = name.map { configuration.rule(for: Array($0.utf8)) } ?? configuration.defaults
      return try policy(of: rule)
    } catch {
      throw SimulateFailure("breakerd: \(error)", .configuration)
    }
  }

  private func policy(of rule: Rule) throws(StartError) -> Policy {
    do throws(SettingError) {
      var settings = PolicySettings()
      for pair in overrides { try settings.set(pair.key, to: pair.value) }
      return try rule.policy(overriddenBy: settings)
    } catch {
      throw StartError("--set: \(error)", exitCode: .configuration)
    }
  }
}
