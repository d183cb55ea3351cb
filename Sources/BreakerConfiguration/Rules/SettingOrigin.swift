/// Where the value of a key comes from.
public enum SettingOrigin: Equatable, Sendable, CustomStringConvertible {
  /// The program.
  case builtIn
  /// `defaults` of the configuration file.
  case defaults(FileLocation)
  /// `--default` on the command line.
  case commandLine
  /// A preset, named in `defaults` or in an entry of `breakers`.
  case preset(String)
  /// An entry of `breakers`, by its pattern.
  case pattern(String, FileLocation)
  /// `set` of an admin, for this one breaker.
  case set
  /// The value of this other key, which it follows where no layer says otherwise, or to which it was moved.
  case derived(PolicyKey)

  /// In words: `defaults (breakerd.yaml:4:9)`.
  public var description: String {
    switch self {
    case .builtIn: "built-in"
    case .defaults(let location): "defaults (\(location))"
    case .commandLine: "--default"
    case .preset(let name): "preset \(name)"
    case .pattern(let pattern, let location): "pattern \"\(pattern)\" (\(location))"
    case .set: "set"
    case .derived(let key): "follows \(key)"
    }
  }
}

/// A key of a policy with the value in effect, and where that comes from.
public struct EffectiveSetting: Equatable, Sendable {
  /// The key.
  public let key: PolicyKey
  /// Its value as it would be written.
  public let value: String
  /// Where the value comes from.
  public let origin: SettingOrigin
}
