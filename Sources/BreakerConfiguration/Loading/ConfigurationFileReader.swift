internal import BreakerCore

/// Reads the files into a draft, one after the other, and finds all that is wrong with them.
struct ConfigurationFileReader {
  /// The file that is read, as messages name it.
  private(set) var file = ""
  /// What is made of the files so far.
  var draft = ConfigurationDraft()

  /// Reads the main file.
  mutating func readMain(_ bytes: [UInt8], of file: String) {
    begin(file)
    for pair in top(bytes, KnownKeys.file) {
      switch pair.key {
      case "daemon": daemon(pair)
      case "defaults": defaults(pair)
      case "breakers": breakers(pair)
      default: refuse(pair.position, KnownKeys.unknown(pair.key, among: KnownKeys.file))
      }
    }
  }

  /// Reads a file of conf.d.
  mutating func readAddition(_ bytes: [UInt8], of file: String) {
    begin(file)
    for pair in top(bytes, KnownKeys.addition) {
      if pair.key == "breakers" {
        breakers(pair)
      } else if KnownKeys.file.contains(pair.key) {
        refuse(pair.position, "'\(pair.key)' belongs into the main file; the files of conf.d have 'breakers' only")
      } else {
        refuse(pair.position, KnownKeys.unknown(pair.key, among: KnownKeys.addition))
      }
    }
  }

  private mutating func begin(_ file: String) {
    self.file = file
    draft.files.append(file)
  }

  /// The keys at the top of a file.
  private mutating func top(_ bytes: [UInt8], _ keys: [String]) -> [YAMLNode.Pair] {
    do throws(YAMLError) {
      let (root, problems) = try YAMLReader.read(bytes)
      for problem in problems { refuse(problem.position, problem.message) }
      return root.map { pairs($0, "a configuration", keys) } ?? []
    } catch {
      refuse(error.position, error.message)
      draft.isComplete = false
      return []
    }
  }

  private mutating func daemon(_ pair: YAMLNode.Pair) {
    for pair in pairs(pair.value, "'daemon'", KnownKeys.daemon) {
      switch DaemonKey(rawValue: pair.key) {
      case .maxBreakers?: if let count = count(pair, .maxBreakers) { draft.daemon.maxBreakers = count }
      case .maxConnections?: if let count = count(pair, .maxConnections) { draft.daemon.maxConnections = count }
      case .metricsBreakers?: if let count = count(pair, .metricsBreakers) { draft.daemon.metricsBreakers = count }
      case .admins?:
        let nobody =
          "; write {users: [root]} if only root and the daemon's own user shall be admins, or leave it out: then the "
          + "group breakerd-admin is meant"
        if let admins = accounts(pair, nobody: nobody) {
          draft.daemon.admins = admins
          draft.adminsLocation = location(pair.position)
        }
      case .observers?:
        if let observers = accounts(pair, nobody: "; name somebody, or leave it out: then nobody only looks") {
          draft.daemon.observers = observers
          draft.observersLocation = location(pair.position)
        }
      case nil: refuse(pair.position, KnownKeys.unknown(pair.key, among: KnownKeys.daemon))
      }
    }
  }

  private mutating func defaults(_ pair: YAMLNode.Pair) {
    let keys: [EntryKey] = [.preset, .owner, .runbook, .reporters]
    draft.defaults = block(pair.value, "'defaults'", Layer(source: .defaults), keys)
  }

  private mutating func breakers(_ pair: YAMLNode.Pair) {
    switch pair.value.content {
    case .sequence(let nodes):
      for node in nodes { entry(node) }
    case .scalar, .mapping:
      guard !pair.value.isEmpty else { return }
      refuse(pair.value.position, "'breakers' takes a list; begin each entry with '- match: PATTERN'")
    }
  }

  private mutating func entry(_ node: YAMLNode) {
    guard case .mapping(let pairs) = node.content else {
      refuse(node.position, "an entry of 'breakers' takes keys and values; begin it with 'match: PATTERN'")
      return
    }
    guard let match = pairs.first(where: { $0.key == EntryKey.match.rawValue }) else {
      refuse(node.position, "this entry of 'breakers' has no 'match', the pattern of the names it is for")
      _ = block(node, "an entry", Layer(source: .pattern("")), EntryKey.allCases)
      return
    }
    let text = text(match, "a pattern")
    let block = block(node, "an entry", Layer(source: .pattern(text ?? "")), EntryKey.allCases)
    guard let text else { return }
    do throws(NotationError) {
      draft.entries.append(
        ConfigurationDraft.Entry(
          pattern: try NamePattern(text), text: text, location: location(node.position), block: block))
    } catch {
      refuse(match.value.position, "match: \(error.message)")
    }
  }
}
