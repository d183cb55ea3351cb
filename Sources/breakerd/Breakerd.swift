import ArgumentParser
import BreakerProtocol

/// The command `breakerd`.
@main
struct Breakerd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "breakerd",
    abstract: "A circuit breaker daemon: all processes of a host share one trip decision.",
    version: Release.version,
    subcommands: [Serve.self, Check.self, PolicyCommand.self, Simulate.self],
    defaultSubcommand: Serve.self)
}
