public import BreakerCore

/// What the breakers follow whose names match one pattern: an entry of `breakers`, or what all others follow.
public final class Rule: Sendable {
  /// The pattern as written; `*` for what a name follows that no entry matches.
  public let pattern: String
  /// What its breakers follow if no admin has set anything.
  public let policy: Policy
  /// Who owns the dependency, in free words.
  public let owner: String?
  /// Where it is written what to do when it fails.
  public let runbook: String?
  /// Who alone, besides admins, may report and take permits; nil: everybody.
  public let reporters: Accounts?
  /// Where that is said; nil: nowhere.
  public let reportersLocation: FileLocation?
  /// Where the entry stands; nil: it stands in no file.
  public let location: FileLocation?
  /// What its keys come from, lowest first.
  let layers: [Layer]

  /// An entry with these settings, each layer above the one before.
  ///
  /// - Throws: ``SettingError`` if the layers make no policy.
  init(
    pattern: String, layers: [Layer], owner: String? = nil, runbook: String? = nil, reporters: Accounts? = nil,
    reportersLocation: FileLocation? = nil, location: FileLocation? = nil
  ) throws(SettingError) {
    self.pattern = pattern
    self.layers = layers
    self.policy = try PolicyResolver.resolve(layers.map(\.settings))
    self.owner = owner
    self.runbook = runbook
    self.reporters = reporters
    self.reportersLocation = reportersLocation
    self.location = location
  }

  /// The built-in values.
  static let builtIn = Rule(policy: Policy())

  private init(policy: Policy) {
    pattern = "*"
    self.policy = policy
    owner = nil
    runbook = nil
    reporters = nil
    reportersLocation = nil
    location = nil
    layers = []
  }

  /// What a breaker follows for which an admin has set `overrides`.
  ///
  /// - Throws: ``SettingError`` if they contradict each other or the layers below.
  public func policy(overriddenBy overrides: PolicySettings) throws(SettingError) -> Policy {
    if overrides.isEmpty { return policy }
    return try PolicyResolver.resolve(layers.map(\.settings) + [overrides])
  }

  /// Those of `overrides`, which contradict each other or the layers below, that have to be taken back for the others to
  /// make a policy: the key that `error` blames, with those that are replaced together with it; else the first such set
  /// that helps; all where none does.
  public func culprits(among overrides: PolicySettings, _ error: SettingError) -> [PolicyKey] {
    let keys = overrides.map(\.key)
    func together(_ key: PolicyKey) -> [PolicyKey] {
      let set = KeySet.allCases.first { $0.keys.contains(key) }
      return keys.filter { $0 == key || set?.keys.contains($0) == true }
    }
    let blamed = PolicyKey(rawValue: error.key) ?? KeySet.tripRules.keys[0]
    return ([blamed] + keys).lazy.map(together).first { self.accepts(overrides, without: $0) } ?? keys
  }

  private func accepts(_ overrides: PolicySettings, without keys: [PolicyKey]) -> Bool {
    var rest = overrides
    for key in keys { rest.remove(key) }
    return (try? policy(overriddenBy: rest)) != nil
  }

  /// Every key of ``policy(overriddenBy:)`` that has a value, in the order of ``PolicyKey``, and where the value comes
  /// from.
  ///
  /// - Throws: ``SettingError`` as ``policy(overriddenBy:)``.
  public func listing(overriddenBy overrides: PolicySettings) throws(SettingError) -> [EffectiveSetting] {
    let layers = [.builtIn] + layers + [Layer(source: .set, settings: overrides)]
    let merged = try MergedSettings(layers.map(\.settings))
    let settings = try policy(overriddenBy: overrides).settings
    return settings.map { key, value in
      let isGiven = merged.notation(of: key) == value || value == "off"
      let origin: SettingOrigin? =
        if isGiven {
          layers.last { $0.settings[key] != nil }?.origin(of: key)
        } else {
          // Only then has it taken that value; else it is built in, as off leaves it.
          key.follows.flatMap { settings[$0] == value ? .derived($0) : nil }
        }
      return EffectiveSetting(key: key, value: value, origin: origin ?? .builtIn)
    }
  }
}
