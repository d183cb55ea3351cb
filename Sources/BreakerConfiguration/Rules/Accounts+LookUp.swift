internal import Glibc

/// Users and groups by their numbers.
public struct AccountNumbers: Equatable, Sendable {
  /// The users' numbers.
  public var users: Set<UInt32> = []
  /// The groups' numbers.
  public var groups: Set<UInt32> = []
  /// What this host does not know, in words: `user 'www-dat'`.
  public var unknown: [String] = []

  /// Nobody.
  public init() {}
}

extension Accounts {
  /// Asks the host for the numbers of these users and groups. A number that nobody has as a name is taken as it is.
  ///
  /// It may ask a directory server, so not for a thread that must not wait.
  public func lookUp() -> AccountNumbers {
    var numbers = AccountNumbers()
    for name in users {
      if let user = Self.number(ofUser: name) ?? UInt32(name) {
        numbers.users.insert(user)
      } else {
        numbers.unknown.append("user '\(name)'")
      }
    }
    for name in groups {
      if let group = Self.number(ofGroup: name) ?? UInt32(name) {
        numbers.groups.insert(group)
      } else {
        numbers.unknown.append("group '\(name)'")
      }
    }
    return numbers
  }

  private static func number(ofUser name: String) -> UInt32? {
    withRoom { room, size in
      var user = passwd()
      var found: UnsafeMutablePointer<passwd>?
      let code = getpwnam_r(name, &user, room, size, &found)
      return (code, found?.pointee.pw_uid)
    }
  }

  private static func number(ofGroup name: String) -> UInt32? {
    withRoom { room, size in
      var entry = group()
      var found: UnsafeMutablePointer<group>?
      let code = getgrnam_r(name, &entry, room, size, &found)
      return (code, found?.pointee.gr_gid)
    }
  }

  /// Gives `look` room for what the C library has to say, more if it was not enough.
  private static func withRoom(
    _ look: (UnsafeMutablePointer<CChar>, Int) -> (code: CInt, number: UInt32?)
  ) -> UInt32? {
    var size = 1 << 12
    while size <= 1 << 24 {
      let room = UnsafeMutablePointer<CChar>.allocate(capacity: size)
      defer { room.deallocate() }
      let (code, number) = look(room, size)
      guard code == ERANGE else { return number }
      size *= 4
    }
    return nil
  }
}
