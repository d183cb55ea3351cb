import ArgumentParser
import BreakerConfiguration
import BreakerServer

/// What says where the configuration comes from, for every subcommand that follows one.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The configuration file; conf.d/*.yaml beside it belongs to it. The usual one may be missing, this one may not.",
      valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("default"),
    help: ArgumentHelp(
      "Set a key of the default policy, for example trip.consecutive_failures=3. May be repeated.",
      valueName: "key=value"))
  var defaults: [Assignment] = []

  /// The configuration that these name.
  ///
  /// - Parameter usual: The file if no option names one, which may be missing; nil: none.
  /// - Throws: ``StartError`` with everything that is wrong.
  func load(usual: String?) throws(StartError) -> Configuration {
    do throws(ConfigurationError) {
      return try source(usual: usual).load()
    } catch {
      throw StartError("the configuration is wrong:\n\(error)", exitCode: .configuration)
    }
  }

  /// Where the configuration comes from.
  func source(usual: String?) -> ConfigurationSource {
    ConfigurationSource(
      file: config ?? usual, isOptional: config == nil, defaults: defaults.map { ($0.key, $0.value) })
  }
}

/// A key with its value, as in `--default`.
struct Assignment: ExpressibleByArgument {
  let key: String
  let value: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else { return nil }
    (key, value) = (parts[0], parts[1])
  }
}
