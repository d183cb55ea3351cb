internal import BreakerCore
internal import BreakerProtocol

extension ConfigurationFileReader {
  /// Adds what is wrong there.
  mutating func refuse(_ position: YAMLPosition, _ message: @autoclosure () -> String) {
    let location = location(position)
    draft.refuse(location, message())
  }

  /// The place in this file.
  func location(_ position: YAMLPosition) -> FileLocation {
    FileLocation(file: file, line: Int(position.line), column: Int(position.column))
  }

  /// The keys of a block; empty where nothing is written.
  mutating func pairs(_ node: YAMLNode, _ what: String, _ keys: [String]) -> [YAMLNode.Pair] {
    if case .mapping(let pairs) = node.content { return pairs }
    if !node.isEmpty { refuse(node.position, "\(what) takes keys and values: \(keys.joined(separator: ", "))") }
    return []
  }

  /// The text of a value; nil: it is none.
  mutating func text(_ pair: YAMLNode.Pair, _ kind: String) -> String? {
    switch pair.value.content {
    case .scalar(let text, _):
      if !pair.value.isEmpty { return text }
      refuse(pair.position, "\(pair.key.quoted) has no value; write \(kind), or leave it out")
    case .sequence:
      refuse(pair.value.position, "\(pair.key.quoted) takes one value, not a list; write \(kind)")
    case .mapping:
      refuse(pair.value.position, "\(pair.key.quoted) takes one value, not a block; write \(kind)")
    }
    return nil
  }

  /// Text that is shown to people.
  mutating func words(_ pair: YAMLNode.Pair) -> String? {
    guard let text = text(pair, "text") else { return nil }
    guard text.utf8.count <= EntryKey.longestText else {
      refuse(pair.value.position, "\(pair.key): longer than \(EntryKey.longestText) bytes; make it shorter")
      return nil
    }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      refuse(pair.value.position, "\(pair.key): has a line break or another control character; write one line")
      return nil
    }
    return text
  }

  /// The number of a key of `daemon`; nil: it is none.
  mutating func count(_ pair: YAMLNode.Pair, _ key: DaemonKey) -> Int? {
    guard let kind = key.count, let text = text(pair, kind.description) else { return nil }
    do throws(NotationError) {
      if case .count(let count) = try kind.parse(text) { return count }
    } catch {
      refuse(pair.value.position, "\(key.rawValue): \(error.message)")
    }
    return nil
  }

  /// Users and groups; nil: nothing is said of them.
  ///
  /// - Parameter nobody: What it would mean to name none, and what to write instead.
  mutating func accounts(_ pair: YAMLNode.Pair, nobody: String) -> Accounts? {
    let before = draft.problemCount
    let keys = pairs(pair.value, pair.key.quoted, KnownKeys.accounts)
    if keys.isEmpty { return nil }
    var accounts = Accounts()
    for pair in keys {
      switch pair.key {
      case "users": accounts.users = names(pair)
      case "groups": accounts.groups = names(pair)
      default: refuse(pair.position, KnownKeys.unknown(pair.key, among: KnownKeys.accounts))
      }
    }
    if accounts == Accounts(), draft.problemCount == before {
      refuse(pair.value.position, "\(pair.key.quoted) names nobody\(nobody)")
    }
    return accounts
  }

  private mutating func names(_ pair: YAMLNode.Pair) -> [String] {
    guard case .sequence(let nodes) = pair.value.content else {
      refuse(pair.value.position, "\(pair.key.quoted) takes a list of names, for example [www-data]")
      return []
    }
    return nodes.compactMap { node in
      if case .scalar(let name, _) = node.content, Accounts.isName(name) { return name }
      refuse(node.position, "\(pair.key.quoted) takes names as in /etc/passwd and /etc/group, or numbers")
      return nil
    }
  }
}
