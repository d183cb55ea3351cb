internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol

/// Who may do what: the lesser of what the socket and the peer's credentials give.
enum Access {
  /// Whether the peer is an admin, on the socket for admins: root, the daemon's own user, and who the configuration says.
  static func isAdmin(_ peer: PeerCredentials, daemon uid: UInt32, admins: AccountNumbers) -> Bool {
    peer.uid == 0 || peer.uid == uid || admins.contains(peer)
  }

  /// The most that the peer may do anywhere.
  static func role(of peer: PeerCredentials, daemon uid: UInt32, _ ruleset: Ruleset) -> Role {
    if isAdmin(peer, daemon: uid, admins: ruleset.admins) { return .admin }
    return ruleset.observers.contains(peer) ? .observe : .use
  }

  /// The refusal of a verb: who you are, what it takes, and what would help.
  static func forbidden(
    _ entry: VerbEntry, _ session: Session, _ facts: ServerFacts, admins: Accounts
  ) -> RequestError {
    let others = words(admins)
    let help =
      entry.role == .use
      ? "who is in daemon.observers of the configuration only looks; an admin can take you out, and reload"
      : session.isAdmin
        ? "connect to \(facts.adminSocket.path)"
        : "do it as root or as uid \(facts.uid)\(others.isEmpty ? "" : ", \(others)"), on \(facts.adminSocket.path), "
          + "for example with sudo breakerctl"
    return RequestError(
      .forbidden,
      "\(entry.word) needs the role \(entry.role.word); you are uid \(session.peer.uid) with the role "
        + "\(session.role.word) on this socket: \(help)")
  }

  /// The refusal of a report on a breaker on which only others may.
  static func noReporter(_ entry: Entry, _ session: Session) -> RequestError {
    let rule = entry.rule.rule
    let place = rule.location.map { " at \($0)" } ?? ""
    return RequestError(
      .forbidden,
      "only \(words(rule.reporters ?? Accounts())) and admins may report on \(String(decoding: entry.name, as: UTF8.self)), "
        + "by the pattern \"\(rule.pattern)\"\(place); you are uid \(session.peer.uid): do it as one of them, for example "
        + "with sudo -u, or have an admin add you to its reporters, and reload")
  }

  private static func words(_ accounts: Accounts) -> String {
    let users = accounts.users.map { "user \($0)" }
    let groups = accounts.groups.map { "group \($0)" }
    return (users + groups).joined(separator: ", ")
  }
}

/// The two sockets.
enum ListenerKind: Sendable {
  /// For everybody who may open it.
  case everybody
  /// For admins, with places of its own.
  case admin

  /// The most that a connection may do here.
  var role: Role {
    switch self {
    case .everybody: .use
    case .admin: .admin
    }
  }
}
