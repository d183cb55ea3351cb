internal import ArgumentParser
internal import BreakerProtocol

struct Forget: GlobAct {
  static let configuration = CommandConfiguration(
    abstract: "Drop the breakers with their counts and overrides; they are made anew when asked for.")
  static let verb = Verb.forget
  static let done = "forgotten"

  @Argument(help: "Which.") var glob: String
  @Option(help: ArgumentHelp("The reason, for the record.", valueName: "text")) var why: String?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl
}
