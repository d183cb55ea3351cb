internal import ArgumentParser
internal import BreakerProtocol

struct Metrics: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Figures for Prometheus: of the daemon and its breakers, or of those breakers that GLOB matches.",
    discussion: "docs/metrics.md tells what they mean, and how Prometheus comes by them.")

  @Argument(help: "Which; all, and the daemon, if left out.") var glob: String?

  @Option(
    help: ArgumentHelp(
      "Write them into this file, in the place of what is there, in one step: for node_exporter's textfile collector.",
      valueName: "file"))
  var output: String?

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    guard !console.json else { throw Failure(ExitStatus.usage, "metrics have a format of their own: leave --json out") }
    var line = RequestLine(.metrics)
    if let glob { try line.add(glob) }
    let lines = try talk(socket).rows(line).map(\.text)
    guard let output else {
      console.say(lines.joined(separator: "\n"))
      return ExitStatus.done
    }
    try ReplacedFile.write(lines.map { $0 + "\n" }.joined(), to: output)
    return ExitStatus.done
  }
}
