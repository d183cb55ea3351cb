internal import BreakerCore

extension ConfigurationFileReader {
  /// Reads `defaults` or an entry of `breakers`.
  ///
  /// - Parameters:
  ///   - layer: Takes the settings.
  ///   - keys: What may stand there besides the keys of a policy.
  mutating func block(
    _ node: YAMLNode, _ what: String, _ layer: Layer, _ keys: [EntryKey]
  ) -> ConfigurationDraft.Block {
    let problems = draft.problemCount
    var block = ConfigurationDraft.Block(layer: layer)
    let known = KnownKeys.policy("", besides: keys)
    for pair in pairs(node, what, known) {
      if let key = EntryKey(rawValue: pair.key), keys.contains(key) {
        entryKey(key, pair, &block)
      } else {
        setting(pair, at: "", known, &block)
      }
    }
    block.isSound = draft.problemCount == problems
    return block
  }

  private mutating func entryKey(_ key: EntryKey, _ pair: YAMLNode.Pair, _ block: inout ConfigurationDraft.Block) {
    if key != .match, case .scalar("off", isQuoted: _) = pair.value.content {
      block.off.insert(key)
      return
    }
    switch key {
    case .match: break
    case .preset: block.preset = preset(pair)
    case .owner: block.owner = words(pair)
    case .runbook: block.runbook = words(pair)
    case .reporters:
      block.reporters = accounts(
        pair,
        nobody: ", so only admins could report; name somebody, for example {users: [www-data]}, or leave it out: "
          + "then everybody may")
      if block.reporters != nil { block.reportersLocation = location(pair.position) }
    }
  }

  private mutating func preset(_ pair: YAMLNode.Pair) -> Layer? {
    let names = Preset.all.map(\.name)
    guard let name = text(pair, names.joined(separator: ", ")) else { return nil }
    if var layer = Preset.named(name)?.layer {
      layer.location = location(pair.position)
      return layer
    }
    let near = Nearest.names(to: name, among: names)
    let advice =
      near.isEmpty
      ? "there are \(names.joined(separator: ", "))"
      : "did you mean \(near.map(\.quoted).joined(separator: " or "))?"
    refuse(pair.value.position, "preset: \(name.quoted) is not known, \(advice)")
    return nil
  }

  /// Reads a key of a policy, or a block of such keys.
  private mutating func setting(
    _ pair: YAMLNode.Pair, at path: String, _ known: [String], _ block: inout ConfigurationDraft.Block
  ) {
    let path = path.isEmpty ? pair.key : "\(path).\(pair.key)"
    guard known.contains(pair.key) else {
      refuse(pair.position, KnownKeys.unknown(pair.key, among: known))
      return
    }
    if case .scalar("off", isQuoted: _) = pair.value.content {
      try? block.layer.settings.set(path, to: "off")
      for key in PolicyKey.keys(at: path) { block.layer.locations[key] = location(pair.position) }
    } else if KnownKeys.isBlock(path), PolicyKey(rawValue: path) == nil || isMapping(pair.value) {
      let keys = KnownKeys.policy(path)
      for pair in pairs(pair.value, path.quoted, keys) { setting(pair, at: path, keys, &block) }
    } else if let key = PolicyKey(rawValue: path), let text = text(pair, key.entry.kind.description) {
      if let word = key.inner(for: text)?.rawValue.split(separator: ".").last {
        let block = "\(pair.key): {\(word): \(text)}"
        refuse(pair.value.position, "\(path): \(text.quoted) is not known here; write \(key.entry.kind), or \(block)")
        return
      }
      do throws(SettingError) {
        try block.layer.settings.set(path, to: text)
        block.layer.locations[key] = location(pair.position)
      } catch {
        refuse(pair.value.position, error.message)
      }
    }
  }

  private func isMapping(_ node: YAMLNode) -> Bool {
    if case .mapping = node.content { true } else { false }
  }
}
