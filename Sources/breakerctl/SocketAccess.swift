internal import BreakerClient

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Who may open a socket, and what lets somebody in.
enum SocketAccess {
  /// What to say to a user who may not open `socket`.
  static func advice(socket: String) -> String {
    let what = "you are \(me), and may not open \(socket)"
    let whose = owner(of: socket).map {
      ", which belongs to \(Account.userName($0.uid)):\(Account.groupName($0.gid))"
    }
    guard let mend = mend(socket: socket) else { return "\(what)\(whose ?? "")\n  as root: sudo breakerctl …" }
    return "\(what)\(whose ?? "")\n  to be let in: \(mend)"
  }

  /// The command that lets this user open `socket`; nil: only root may.
  static func mend(socket: String) -> String? {
    guard let owner = owner(of: socket), owner.gid != 0, !Account.hasGroup(owner.gid) else { return nil }
    let (group, user) = (Account.groupName(owner.gid), Account.userName(geteuid()))
    return "sudo usermod -aG \(group) \(user)    # then log in anew"
  }

  private static var me: String { "\(Account.userName(geteuid())) (uid \(geteuid()))" }

  /// The owner of the socket; where it cannot be seen, of the nearest directory above that can.
  private static func owner(of socket: String) -> (uid: uid_t, gid: gid_t)? {
    var path = socket
    while path.count > 1 {
      var status = stat()
      if stat(path, &status) == 0 { return (status.st_uid, status.st_gid) }
      guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
      path = String(path[..<slash])
    }
    return nil
  }
}
