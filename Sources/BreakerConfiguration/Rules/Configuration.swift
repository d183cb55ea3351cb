/// A validated set of settings: what the configuration file, the files of conf.d and `--default` say together.
///
/// It never changes; a reload makes another one.
public struct Configuration: Sendable {
  /// What holds for the daemon itself.
  public let daemon: DaemonSettings
  /// What a name follows that no pattern matches.
  public let defaults: Rule
  /// The entries of `breakers`, in order.
  public let rules: [Rule]
  /// The files that it was read from, in order.
  public let files: [String]
  /// What is allowed but surely not meant, as an entry that can never match.
  public let warnings: [ConfigurationProblem]
  /// Where it says who is an admin; nil: nowhere.
  let adminsLocation: FileLocation?
  let observersLocation: FileLocation?
  private let index: RuleIndex

  /// The built-in values alone.
  public init() {
    self.init(daemon: DaemonSettings(), defaults: .builtIn, rules: [], index: RuleIndex([]), files: [], warnings: [])
  }

  /// - Parameter index: Of the patterns of `rules`.
  init(
    daemon: DaemonSettings, adminsLocation: FileLocation? = nil, observersLocation: FileLocation? = nil,
    defaults: Rule, rules: [Rule], index: RuleIndex,
    files: [String],
    warnings: [ConfigurationProblem]
  ) {
    self.daemon = daemon
    self.adminsLocation = adminsLocation
    self.observersLocation = observersLocation
    self.defaults = defaults
    self.rules = rules
    self.index = index
    self.files = files
    self.warnings = warnings
  }

  /// How many patterns may have to be tried one by one for any name: those with wildcards at both ends.
  public var unanchoredPatterns: Int { index.unanchored }

  /// What the breaker of this name follows: the first entry that matches, else ``defaults``.
  public func rule(for name: some Collection<UInt8>) -> Rule {
    index.first(matching: name).map { rules[$0] } ?? defaults
  }
}
