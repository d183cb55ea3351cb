import ArgumentParser
import BreakerConfiguration
import BreakerProtocol
import BreakerServer

/// `breakerd policy`: what a breaker follows, and why, without a daemon.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Show what a breaker of this name would follow, each value with its origin.",
    discussion: """
      Reads the configuration, and asks no daemon: what admins have set while it runs is not in it; `breakerctl policy NAME` \
      asks the daemon, which knows that too.
      """)

  @Argument(help: "The name of a breaker.")
  var name: String

  @OptionGroup var options: ConfigurationOptions

  func validate() throws {
    guard BreakerName.isValid(Array(name.utf8)) else {
      throw ValidationError("'\(name)' is not a name; write \(BreakerName.rule)")
    }
  }

  func run() throws {
    do {
      let configuration = try options.load(usual: Paths.current.configuration)
      print(try PolicyTable(configuration.rule(for: Array(name.utf8))).text, terminator: "")
    } catch let error as StartError {
      StandardError.write("breakerd: \(error)\n")
      throw ExitCode(error.exitCode.rawValue)
    }
  }
}
