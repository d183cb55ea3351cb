/// What a configuration is made of. Loading again reads the files again.
public struct ConfigurationSource: Sendable {
  /// The configuration file; the files `conf.d/*.yaml` beside it belong to it. Nil: there is none.
  public var file: String?
  /// Whether there may be no such file; the built-in values stand for it then.
  public var isOptional: Bool
  /// Keys of `defaults` given on the command line, above those of the file; the last of equal ones counts.
  public var defaults: [(key: String, value: String)]

  /// A configuration from these parts.
  public init(file: String? = nil, isOptional: Bool = false, defaults: [(key: String, value: String)] = []) {
    self.file = file
    self.isOptional = isOptional
    self.defaults = defaults
  }
}
