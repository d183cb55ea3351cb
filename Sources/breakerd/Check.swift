import ArgumentParser
import BreakerConfiguration
import BreakerServer

/// `breakerd check`: says whether a daemon would take a configuration.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a configuration, or a database, and say everything that is wrong with it.",
    discussion: """
      Reads the file and conf.d/*.yaml beside it, or the usual file, as a start or a reload would, and changes nothing. \
      Warnings go to standard error. With --state it reads a database that no daemon has open, and says whether it is whole, \
      and if not, what could be carried over. Exit codes: 0 a daemon would take it, 78 bad configuration, 65 a damaged \
      database, 69 a daemon has it open, 73 it cannot be read.
      """)

  @Argument(help: "The configuration file; if left out, the one that a daemon would read.")
  var file: String?

  @Option(help: ArgumentHelp("Check this database instead.", valueName: "path"))
  var state: String?

  func validate() throws {
    if file != nil, state != nil { throw ValidationError("either a configuration file or --state") }
  }

  func run() throws {
    if let state { throw ExitCode(CheckState.run(state)) }
    let source = ConfigurationSource(file: file ?? Paths.current.configuration, isOptional: file == nil)
    do throws(ConfigurationError) {
      let configuration = try source.load()
      for warning in configuration.warnings + configuration.unknownAccounts() {
        let place = warning.location.map { "\($0): " } ?? ""
        StandardError.write("\(place)warning: \(warning.message)\n")
      }
      let (path, count) = (source.file ?? "", configuration.rules.count)
      if configuration.files.isEmpty {
        print("\(path): does not exist, the built-in values hold")
      } else {
        print("\(path): ok, \(count) \(count == 1 ? "pattern" : "patterns")")
      }
    } catch {
      StandardError.write("\(error)\n")
      throw ExitCode(StartError.ExitCode.configuration.rawValue)
    }
  }
}
