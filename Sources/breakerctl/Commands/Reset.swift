internal import ArgumentParser
internal import BreakerProtocol

struct Reset: GlobAct {
  static let configuration = CommandConfiguration(
    abstract: "Close the breakers, and forget their counts, openings and forces.")
  static let verb = Verb.reset
  static let done = "reset"

  @Argument(help: "Which.") var glob: String
  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl
}
