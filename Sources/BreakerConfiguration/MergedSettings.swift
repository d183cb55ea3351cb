import BreakerCore

/// What layers of settings say together, each key with the number of the layer that it comes from.
struct MergedSettings {
  private var settings: [PolicyKey: (value: SettingValue, layer: Int)] = [:]
  private var mentioned: Set<PolicyKey> = []

  /// The layers, lowest first. Throws if one of them gives keys that exclude each other.
  init(_ layers: [PolicySettings]) throws(SettingError) {
    for (number, layer) in layers.enumerated() {
      try replaceSets(givenBy: layer)
      for key in PolicyKey.allCases {
        guard let setting = layer.setting(key) else { continue }
        mentioned.insert(key)
        settings[key] = setting.value.map { ($0, number) }
      }
    }
  }

  /// The number of the lowest layer, the built-in values.
  let builtInLayer = 0

  /// The number of the layer that `key` comes from; -1: it comes from none.
  func layer(of key: PolicyKey) -> Int { settings[key]?.layer ?? -1 }

  /// The value of `key` as it would be written; nil: no layer gives one.
  func notation(of key: PolicyKey) -> String? { settings[key]?.value.notation }

  /// Whether any layer has anything to say of `key`, be it `off`.
  func mentions(_ key: PolicyKey) -> Bool { mentioned.contains(key) }

  func count(_ key: PolicyKey) -> Int? {
    guard case .count(let count) = settings[key]?.value else { return nil }
    return count
  }

  func rate(_ key: PolicyKey) -> Rate? {
    guard case .rate(let rate) = settings[key]?.value else { return nil }
    return rate
  }

  func duration(_ key: PolicyKey) -> Timespan? {
    guard case .duration(let duration) = settings[key]?.value else { return nil }
    return duration
  }

  func factor(_ key: PolicyKey) -> Double? {
    guard case .factor(let hundredths) = settings[key]?.value else { return nil }
    return Double(hundredths) / 100
  }

  func word(_ key: PolicyKey) -> String? {
    guard case .word(let word) = settings[key]?.value else { return nil }
    return word
  }

  func flag(_ key: PolicyKey) -> Bool? {
    guard case .flag(let flag) = settings[key]?.value else { return nil }
    return flag
  }

  private mutating func replaceSets(givenBy layer: PolicySettings) throws(SettingError) {
    for set in KeySet.allCases {
      let given = set.alternatives.compactMap { $0.first(where: layer.gives) }
      guard let first = given.first else { continue }
      if let other = given.dropFirst().first {
        throw SettingError(other, "excludes \(first) in the same place; keep one of them")
      }
      for key in set.keys { settings[key] = nil }
    }
  }
}
