public import ArgumentParser
import BreakerConfiguration
import BreakerProtocol
import BreakerServer
import Glibc
public import Logging
import ServiceLifecycle
import UnixSignals

/// `breakerd serve`: runs the daemon until it is told to stop.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the daemon in the foreground (the default).",
    discussion: """
      Stops on SIGTERM, SIGINT and SIGHUP, with exit code 0. Exit codes of a start that fails: 64 usage, 69 another breakerd \
      has the socket or the state, 73 a path cannot be used, 78 bad configuration.
      """)

  @Option(
    name: .customLong("default"),
    help: ArgumentHelp(
      "Set a key of the default policy, for example trip.consecutive_failures=3. May be repeated.",
      valueName: "key=value"))
  var defaults: [String] = []

  @Option(help: ArgumentHelp("The socket for everybody.", valueName: "path"))
  var socket: String?

  @Option(help: ArgumentHelp("The socket for admins.", valueName: "path"))
  var adminSocket: String?

  @Option(help: ArgumentHelp("The database file; its lock lies beside it.", valueName: "path"))
  var state: String?

  @Option(help: "Log at this level and above: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
  var logLevel = Logger.Level.info

  func run() async throws {
    StandardError.openIfClosed()
    let paths = Paths.current
    let sink = LogSink(level: logLevel, prefixesPriority: getenv("JOURNAL_STREAM") != nil)
    let log = Logger(label: "breakerd") { _ in LineLogHandler(sink) }
    do {
      var configuration = ServerConfiguration(
        socket: socket ?? paths.socket, adminSocket: adminSocket ?? paths.adminSocket, state: state ?? paths.state,
        defaults: try defaultSettings(), version: Release.version,
        privateDirectory: socket == nil || adminSocket == nil ? paths.privateDirectory : nil)
      configuration.isSystemwide = socket == nil && paths.privateDirectory == nil
      let server = Server(configuration, log: log, sink: sink)
      try await ServiceGroup(
        services: [Daemon(server: server)], gracefulShutdownSignals: [.sigterm, .sigint, .sighup], logger: log
      ).run()
    } catch let error as StartError {
      StandardError.write("breakerd: \(error)\n")
      throw ExitCode(error.exitCode.rawValue)
    }
  }

  func validate() throws {
    guard let socket, socket == adminSocket else { return }
    throw ValidationError("--socket and --admin-socket cannot be one path, \(socket)")
  }

  private func defaultSettings() throws -> PolicySettings {
    var settings = PolicySettings()
    for pair in defaults {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        throw ValidationError("--default takes KEY=VALUE, for example trip.consecutive_failures=3, not '\(pair)'")
      }
      do {
        try settings.set(parts[0], to: parts[1])
      } catch {
        throw StartError("--default: \(error)", exitCode: .configuration)
      }
    }
    do {
      _ = try PolicyResolver.resolve([settings])
    } catch {
      throw StartError("--default: \(error)", exitCode: .configuration)
    }
    return settings
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// The server as a service that stops when the process is asked to.
private struct Daemon: Service {
  let server: Server

  func run() async throws { try await server.run { try await gracefulShutdown() } }
}
