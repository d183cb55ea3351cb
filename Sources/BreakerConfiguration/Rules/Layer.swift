/// Settings with their origin: what ``Rule`` puts one above the other.
struct Layer: Sendable {
  /// Who gives a layer its settings.
  enum Source: Sendable {
    case builtIn
    case defaults
    case commandLine
    case preset(String)
    case pattern(String)
    case set
  }

  let source: Source
  var settings = PolicySettings()
  /// Where the keys stand, for layers that come from a file.
  var locations: [PolicyKey: FileLocation] = [:]
  /// Where the layer as a whole is asked for, if it is a preset.
  var location: FileLocation?

  static let builtIn = Layer(source: .builtIn, settings: .builtIn)

  /// Where the value of `key`, which this layer sets, comes from.
  func origin(of key: PolicyKey) -> SettingOrigin {
    switch (source, locations[key]) {
    case (.defaults, let location?): .defaults(location)
    case (.pattern(let pattern), let location?): .pattern(pattern, location)
    case (.preset(let name), _): .preset(name)
    case (.commandLine, _): .commandLine
    case (.set, _): .set
    case (.builtIn, _), (.defaults, nil), (.pattern, nil): .builtIn
    }
  }
}
