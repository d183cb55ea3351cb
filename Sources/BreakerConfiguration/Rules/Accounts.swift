/// Users and groups of the host, as the configuration names them.
public struct Accounts: Equatable, Sendable {
  /// Names of users, or numbers.
  public var users: [String]
  /// Names of groups, or numbers.
  public var groups: [String]

  /// These users and groups.
  public init(users: [String] = [], groups: [String] = []) {
    self.users = users
    self.groups = groups
  }
}
