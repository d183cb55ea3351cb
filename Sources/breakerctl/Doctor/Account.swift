#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The user as whom something is looked at.
enum Account {
  /// Goes on as this user, with all groups of theirs, if it is another than now.
  static func become(_ name: String) throws(Failure) {
    guard let entry = UInt32(name).map({ getpwuid($0) }) ?? getpwnam(name) else {
      throw Failure(ExitStatus.badData, "there is no user \(name)")
    }
    let (uid, gid) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    guard uid != geteuid() else { return }
    guard geteuid() == 0 else {
      throw Failure(ExitStatus.notPermitted, "only root can look as \(name)\n  sudo breakerctl doctor --as \(name)")
    }
    var groups = [gid_t](repeating: 0, count: 65_536)
    var count = Int32(groups.count)
    guard getgrouplist(entry.pointee.pw_name, gid, &groups, &count) >= 0,
      setgroups(Int(count), groups) == 0, setegid(gid) == 0, seteuid(uid) == 0
    else {
      throw Failure(ExitStatus.notPermitted, "cannot look as \(name): \(String(cString: strerror(errno)))")
    }
  }

  /// Is again who has started this.
  static func comeBack() {
    seteuid(getuid())
    setegid(getgid())
  }

  /// The groups of this user that this process does not have, since it was started before the user was put into them.
  static var missingGroups: [String] {
    guard let entry = getpwuid(geteuid()) else { return [] }
    var groups = [gid_t](repeating: 0, count: 65_536)
    var count = Int32(groups.count)
    guard getgrouplist(entry.pointee.pw_name, entry.pointee.pw_gid, &groups, &count) >= 0 else { return [] }
    var own = [gid_t](repeating: 0, count: 65_536)
    let ownCount = getgroups(Int32(own.count), &own)
    guard ownCount >= 0 else { return [] }
    let present = Set(own.prefix(Int(ownCount)) + [getegid()])
    return groups.prefix(Int(count)).filter { !present.contains($0) }.map(groupName)
  }

  /// Whether this process is of the group.
  static func hasGroup(_ gid: gid_t) -> Bool {
    var own = [gid_t](repeating: 0, count: 65_536)
    let count = getgroups(Int32(own.count), &own)
    return gid == getegid() || count > 0 && own.prefix(Int(count)).contains(gid)
  }

  static var name: String { userName(geteuid()) }

  static func userName(_ uid: uid_t) -> String {
    getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? "\(uid)"
  }

  static func groupName(_ gid: gid_t) -> String {
    getgrgid(gid).map { String(cString: $0.pointee.gr_name) } ?? "\(gid)"
  }
}
