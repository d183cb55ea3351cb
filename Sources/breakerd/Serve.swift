public import ArgumentParser
import BreakerConfiguration
import BreakerProtocol
import BreakerServer
public import Logging

/// `breakerd serve`: runs the daemon until it is told to stop.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the daemon in the foreground (the default).",
    discussion: """
      Stops on SIGTERM and SIGINT, with exit code 0, and reads the configuration again on SIGHUP. Exit codes of a start \
      that fails: 64 usage, 69 another breakerd has the socket or the state, 73 a path cannot be used, 78 bad configuration.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: ArgumentHelp("The socket for everybody.", valueName: "path"))
  var socket: String?

  @Option(help: ArgumentHelp("The socket for admins.", valueName: "path"))
  var adminSocket: String?

  @Option(help: ArgumentHelp("The database file; its lock lies beside it.", valueName: "path"))
  var state: String?

  @Option(
    help: ArgumentHelp(
      "The file on which decisions are published, best on a tmpfs.",
      discussion: "Default: pub/board beside the socket.",
      valueName: "path"))
  var board: String?

  @Option(help: ArgumentHelp("Log at this level and above.", valueName: "level"))
  var logLevel = Logger.Level.info

  func run() throws {
    let signals = ServiceSignals()
    StandardError.openIfClosed()
    let paths = Paths.current
    let sink = LogSink(level: logLevel, prefixesPriority: StandardError.isJournal)
    let log = Logger(label: "breakerd") { _ in LineLogHandler(sink) }
    do {
      // A daemon with a socket of its own has nothing to do with the system's file.
      let source = options.source(usual: socket == nil ? paths.configuration : nil)
      var configuration = ServerConfiguration(
        socket: socket ?? paths.socket, adminSocket: adminSocket ?? paths.adminSocket, state: state ?? paths.state,
        source: source, version: Release.version,
        privateDirectory: socket == nil || adminSocket == nil ? paths.privateDirectory : nil)
      configuration.board = board
      configuration.isSystemwide = socket == nil && paths.privateDirectory == nil
      try Server(configuration, log: log, sink: sink).run(obeying: signals)
    } catch let error as StartError {
      StandardError.write("breakerd: \(error)\n")
      throw ExitCode(error.exitCode.rawValue)
    }
  }

  func validate() throws {
    guard let socket, socket == adminSocket else { return }
    throw ValidationError("--socket and --admin-socket cannot be one path, \(socket)")
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
