/// A key of an entry of `breakers` that is none of its policy; but for `match`, `defaults` has them too.
public enum EntryKey: String, CaseIterable, Sendable {
  case match
  case preset
  case owner
  case runbook
  case reporters

  /// What to write.
  public var kind: String {
    switch self {
    case .match: "a pattern: a name, with `*` for any bytes and `?` for one"
    case .preset: Preset.all.map(\.name).joined(separator: ", ")
    case .owner, .runbook: "text, at most \(Self.longestText) bytes"
    case .reporters: "`{users: […], groups: […]}`"
    }
  }

  /// What it means, in one line.
  public var help: String {
    switch self {
    case .match: "The names that the entry is for. The first entry that matches counts."
    case .preset: "Begins with the settings of a library that a team knows; the keys beside it go above."
    case .owner: "Who owns the dependency: free words, shown to people."
    case .runbook: "What to do when it fails: an address, or free words, shown to people."
    case .reporters: "Only these, and admins, may report and take permits; all others only look."
    }
  }

  /// The longest text of a key, in bytes.
  static let longestText = 200
}
