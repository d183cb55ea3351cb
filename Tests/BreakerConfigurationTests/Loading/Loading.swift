import BreakerConfiguration
import Testing

/// The configuration that `text` makes as `f.yaml`, below these `--default`s.
func load(_ text: String, defaults: [(key: String, value: String)] = []) throws(ConfigurationError) -> Configuration {
  try ConfigurationSource(file: "f.yaml", defaults: defaults).load(text: text.utf8)
}

/// The lines that say what is wrong with `text`.
func problems(_ text: [UInt8]) -> [String] {
  do throws(ConfigurationError) {
    _ = try ConfigurationSource(file: "f.yaml").load(text: text)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

extension Configuration {
  /// What the name follows.
  func rule(_ name: String) -> Rule { rule(for: Array(name.utf8)) }
}

extension Rule {
  /// The value in effect of a key, and its origin, as `5s from built-in`; nil: it has none.
  func shown(_ key: PolicyKey, set words: [String] = []) throws -> String? {
    let found = try listing(overriddenBy: PolicySettings(words)).first { $0.key == key }
    return found.map { "\($0.value) from \($0.origin)" }
  }
}
