internal import BreakerCore

/// One layer of settings: some keys of a policy, each with a value or `off`.
///
/// Each value is right by itself; whether they make a policy together, and with the layers below, is for
/// ``PolicyResolver`` to say. As a sequence: the keys that are set and their values as written, in the order of
/// ``PolicyKey``. Two layers are equal when they set the same keys and are written alike.
public struct PolicySettings: Equatable, Sendable {
  /// A value as written, and what it means.
  struct Setting: Equatable {
    let written: String
    /// Nil: `off`.
    let value: SettingValue?
  }

  private var settings: [PolicyKey: Setting] = [:]

  /// A layer that sets nothing.
  public init() {}

  /// A layer of these values, and of `off` for these keys, which all can be off.
  init(_ values: [PolicyKey: SettingValue], off: [PolicyKey] = []) {
    settings = values.mapValues { Setting(written: $0.notation, value: $0) }
    for key in off { settings[key] = Setting(written: "off", value: nil) }
  }

  /// The built-in values, below all other layers.
  static let builtIn = {
    let values = PolicyKey.allCases.compactMap { key in key.entry.builtIn.map { (key, $0) } }
    return PolicySettings(Dictionary(uniqueKeysWithValues: values))
  }()

  /// Whether nothing is set.
  public var isEmpty: Bool { settings.isEmpty }

  /// The value of `key` as written, perhaps `off`; nil: this layer does not set it.
  public subscript(key: PolicyKey) -> String? { settings[key]?.written }

  /// Sets `key`, whatever it was before.
  ///
  /// - Parameters:
  ///   - key: A dotted key, one of ``PolicyKey``.
  ///   - value: A value of the key's kind (``PolicyKey/entry``), or `off` to remove what the layers below say. A block of
  ///     keys, such as `ramp`, can be `off` as well: all of them are.
  /// - Throws: ``SettingError`` if there is no such key, or the value is none of its kind, or out of range; the layer is
  ///   unchanged then.
  public mutating func set(_ key: String, to value: String) throws(SettingError) {
    if value == "off" {
      for key in try Self.keys(at: key) { settings[key] = Setting(written: value, value: nil) }
      return
    }
    let key = try Self.known(key)
    do {
      settings[key] = Setting(written: value, value: try key.entry.kind.parse(value))
    } catch {
      throw SettingError(key, error.message + (key.inner(for: value).map { ", or \($0)=\(value)" } ?? ""))
    }
  }

  /// Takes `key`, or all keys of a block such as `ramp`, out of this layer, so that the layers below are heard.
  ///
  /// - Returns: Whether any was set.
  /// - Throws: ``SettingError`` if there is no such key.
  @discardableResult
  public mutating func unset(_ key: String) throws(SettingError) -> Bool {
    let keys = try Self.keys(at: key).filter { settings[$0] != nil }
    for key in keys { remove(key) }
    return !keys.isEmpty
  }

  /// Takes `key` out of this layer.
  mutating func remove(_ key: PolicyKey) { settings[key] = nil }

  /// Those of its keys that cannot stand in one layer with what `other` gives.
  public func excluded(by other: PolicySettings) -> [PolicyKey] {
    KeySet.allCases.flatMap { set in
      guard let chosen = set.alternatives.first(where: { $0.contains(where: other.gives) }) else {
        return [PolicyKey]()
      }
      return set.keys.filter { gives($0) && !chosen.contains($0) }
    }
  }

  /// The setting of `key`; nil: not set in this layer.
  func setting(_ key: PolicyKey) -> Setting? { settings[key] }

  /// Whether `key` has a value in this layer; `off` is none.
  func gives(_ key: PolicyKey) -> Bool { settings[key]?.value != nil }

  /// The key, or those of the block.
  private static func keys(at path: String) throws(SettingError) -> [PolicyKey] {
    let keys = PolicyKey.keys(at: path)
    if keys.isEmpty { throw .unknown(path) }
    return keys
  }

  private static func known(_ key: String) throws(SettingError) -> PolicyKey {
    guard let known = PolicyKey(rawValue: key) else { throw .unknown(key) }
    return known
  }
}

extension PolicySettings: Sequence {
  /// Goes through the keys that are set, in the order of ``PolicyKey``, with their values as written.
  public func makeIterator() -> IndexingIterator<[(key: PolicyKey, value: String)]> {
    PolicyKey.allCases.compactMap { key in settings[key].map { (key, $0.written) } }.makeIterator()
  }
}
