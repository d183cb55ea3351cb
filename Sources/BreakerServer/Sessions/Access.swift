internal import BreakerCore
internal import BreakerProtocol

/// Who may do what: the lesser of what the socket and the peer's credentials give.
enum Access {
  /// The role of a peer on one of the sockets.
  static func role(of peer: PeerCredentials, on socket: ListenerKind, daemon uid: UInt32) -> Role {
    let byCredentials: Role = peer.uid == 0 || peer.uid == uid ? .admin : .use
    return min(byCredentials, socket.role)
  }

  /// The refusal of a verb: who you are, what it takes, and what would help.
  static func forbidden(_ entry: VerbEntry, _ session: Session, _ facts: ServerFacts) -> RequestError {
    let peer = session.caller
    let help =
      peer.uid == 0 || peer.uid == facts.uid
      ? "connect to \(facts.adminSocket)"
      : "do it as root or as uid \(facts.uid), on \(facts.adminSocket), for example with sudo breakerctl"
    return RequestError(
      .forbidden,
      "\(entry.word) needs the role \(entry.role.word); you are uid \(peer.uid) with the role \(session.role.word) "
        + "on this socket: \(help)")
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
