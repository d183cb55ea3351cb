internal import ArgumentParser
internal import BreakerProtocol

struct Release: GlobAct {
  static let configuration = CommandConfiguration(
    abstract: "End a force: a breaker forced open becomes half-open, any other closed.")
  static let verb = Verb.release
  static let done = "released"

  @Argument(help: "Which.") var glob: String
  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl
}
