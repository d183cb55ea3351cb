import ArgumentParser
import BreakerProtocol
import BreakerServer
import Glibc

/// The command `breakerd`.
@main
struct Breakerd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "breakerd",
    abstract: "A circuit breaker daemon: all processes of a host share one trip decision.",
    version: Release.version,
    subcommands: [Serve.self, Check.self, PolicyCommand.self, Simulate.self],
    defaultSubcommand: Serve.self)

  static func main() {
    // The runtime looks for them beside the environment, which a preloaded library can have moved. Without its flags a daemon would
    // use other files than it was told.
    guard !CommandLine.arguments.isEmpty else {
      StandardError.write("breakerd: its arguments cannot be found; start it without LD_PRELOAD\n")
      Glibc.exit(64)
    }
    main(nil)
  }
}
