/// Users and groups of the host, as the configuration names them.
public struct Accounts: Hashable, Sendable {
  /// Names of users, or numbers.
  public var users: [String]
  /// Names of groups, or numbers.
  public var groups: [String]

  /// These users and groups.
  public init(users: [String] = [], groups: [String] = []) {
    self.users = users
    self.groups = groups
  }

  /// Whether this can be the name of a user or group, or a number.
  static func isName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") }
  }
}
