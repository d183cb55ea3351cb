import BreakerConfiguration
import BreakerCore
import Testing

extension PolicySettings {
  /// A layer of words as in `set`: `key=value`.
  init(_ words: [String]) throws(SettingError) {
    self.init()
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1)
      try set(String(parts[0]), to: String(parts[1]))
    }
  }
}

/// The policy of these layers of words, lowest first.
func resolve(_ layers: [String]...) throws(SettingError) -> Policy {
  var settings: [PolicySettings] = []
  for layer in layers { settings.append(try PolicySettings(layer)) }
  return try PolicyResolver.resolve(settings)
}

/// Expects that these layers are refused, with `key` to blame, and a message that has all of `parts`.
func expectRefused(
  _ layers: [[String]], key: String, _ parts: [String], sourceLocation: SourceLocation = #_sourceLocation
) {
  do throws(SettingError) {
    var settings: [PolicySettings] = []
    for layer in layers { settings.append(try PolicySettings(layer)) }
    let policy = try PolicyResolver.resolve(settings)
    Issue.record("\(layers) make \(Array(policy.settings))", sourceLocation: sourceLocation)
  } catch {
    #expect(error.key == key, sourceLocation: sourceLocation)
    for part in parts {
      #expect(error.message.contains(part), "\(error.message)", sourceLocation: sourceLocation)
    }
  }
}
