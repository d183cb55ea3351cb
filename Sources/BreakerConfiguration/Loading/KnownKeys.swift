internal import BreakerCore

/// Which keys may stand in which block of a file, and what was meant by one that may not.
enum KnownKeys {
  /// The top of the main file.
  static let file = ["daemon", "defaults", "breakers"]
  /// The top of a file of conf.d.
  static let addition = ["breakers"]
  static let daemon = DaemonKey.allCases.map(\.rawValue)
  /// Users and groups.
  static let accounts = ["users", "groups"]

  /// `defaults`, an entry of `breakers`, or a block within them at this dotted path of a policy, such as `trip`.
  static func policy(_ path: String, besides keys: [EntryKey] = []) -> [String] {
    keys.map(\.rawValue) + (children[path] ?? [])
  }

  /// Whether a block of a policy has this dotted path.
  static func isBlock(_ path: String) -> Bool { children[path] != nil }

  /// The keys and blocks directly within each block of a policy, by its path.
  private static let children: [String: [String]] = {
    var children: [String: [String]] = [:]
    for key in PolicyKey.allCases {
      var path = ""
      for word in key.rawValue.split(separator: ".").map(String.init) {
        if children[path]?.contains(word) != true { children[path, default: []].append(word) }
        path = path.isEmpty ? word : "\(path).\(word)"
      }
    }
    return children
  }()

  /// The message for a key that is none of `keys`.
  static func unknown(_ key: String, among keys: [String]) -> String {
    let intro = "unknown key \(key.quoted)"
    if let dotted = PolicyKey(rawValue: key), key.contains(".") {
      let words = key.split(separator: ".")
      let end = String(repeating: "}", count: words.count - 1)
      return "\(intro); write it as a block, \(words.joined(separator: ": {")): \(dotted.builtIn ?? "…")\(end)"
    }
    let places = places(of: key)
    // What is called the same here is no news.
    let ours = PolicyKey.allCases.filter { ours in
      ours.rawValue.split(separator: ".").last.map(String.init) != key && ours.peers.contains { $0.isNamed(key) }
    }
    let translation =
      ours.isEmpty
      ? "" : "; what \(peers(of: key)) calls so is \(ours.map(\.rawValue).joined(separator: " or ")) here"
    if !places.isEmpty { return "\(intro) here; it belongs into \(places.joined(separator: " or "))\(translation)" }
    if !ours.isEmpty { return intro + translation }
    var near = Nearest.names(to: key, among: keys)
    if near.isEmpty { near = PolicyKey.nearest(to: key).map(\.rawValue) }
    if !near.isEmpty { return "\(intro), did you mean \(near.map(\.quoted).joined(separator: " or "))?" }
    return "\(intro); the keys here are \(keys.joined(separator: ", "))"
  }

  /// The libraries that have an option of this name, each once.
  private static func peers(of name: String) -> String {
    var peers: [String] = []
    for option in PolicyKey.allCases.flatMap(\.peers) where option.isNamed(name) && !peers.contains(option.peer) {
      peers.append(option.peer)
    }
    return peers.joined(separator: " and ")
  }

  /// The blocks that have this key.
  private static func places(of key: String) -> [String] {
    let entry = "an entry of 'breakers'"
    var places: [String] = []
    if file.contains(key) { places.append("the top of the main file") }
    if daemon.contains(key) { places.append("'daemon'") }
    if let key = EntryKey(rawValue: key) { places.append(key == .match ? entry : "'defaults' or \(entry)") }
    if children[""]?.contains(key) == true { places.append("'defaults' or \(entry)") }
    // What stands in the shadow stands elsewhere too, and is more likely meant there.
    let blocks = children.filter { path, keys in
      !path.isEmpty && !path.hasPrefix("shadow") && keys.contains(key)
    }.keys.sorted()
    return places + blocks.map(\.quoted)
  }
}
