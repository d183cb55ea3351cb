internal import BreakerProtocol

/// What each user of the host gets of what all share.
extension Engine {
  /// The user with this number.
  func user(_ uid: UInt32) -> PeerUser {
    if let user = users[uid] { return user }
    let user = PeerUser(uid: uid)
    users[uid] = user
    return user
  }

  /// To be called when something of the user's is gone.
  func release(_ user: PeerUser) {
    guard user.isGone else { return }
    user.goOn = nil
    users[user.uid] = nil
  }

  /// Why this user may not connect to the socket for everybody; nil: it may.
  func refusal(of user: PeerUser, isAdmin: Bool) -> RequestError? {
    let used = sessions.count - adminSessions
    guard used < limits.connections else {
      return RequestError(
        .busy, "there are \(used) connections on this socket, which is the limit: try again later")
    }
    guard user.connections < limits.connectionsOfUser || isAdmin else {
      return RequestError(
        .busy,
        "uid \(user.uid) has \(user.connections) connections, and no user may have more of the \(limits.connections) that there "
          + "can be: close some, or raise daemon.max_connections")
    }
    return nil
  }

  /// Why the peer may not connect to the socket for admins; nil: it may. Who may open that socket and is no admin gets the first few
  /// places only, and the last few are for root and the daemon's own user.
  func adminRefusal(of peer: PeerCredentials) -> RequestError? {
    let all = limits.adminConnections
    let most =
      peer.uid == 0 || peer.uid == about.uid
      ? all : Access.role(of: peer, daemon: about.uid, ruleset) == .admin ? all - all / 4 : all / 4
    guard adminSessions >= most else { return nil }
    return RequestError(
      .busy,
      "there are \(adminSessions) connections on this socket, and uid \(peer.uid) may come as long as there are fewer than \(most): "
        + "try again later")
  }

  /// Whether a breaker may be made for this session. The last tenth of the places is for users with few names, so that nobody can
  /// take the names of all others.
  func mayName(_ session: Session) -> Bool {
    guard table.count < limits.breakers else { return false }
    if session.isAdmin || session.user.names < limits.fewNames { return true }
    return session.user.names < limits.namesOfUser && table.count < limits.namesOfUser
  }

  /// Why no breaker was made for this session.
  func full(_ session: Session) -> RequestError {
    if table.count >= limits.breakers {
      return RequestError(
        .full, "there are \(table.count) breakers, which is the limit: an admin can drop some with 'forget GLOB'")
    }
    return RequestError(
      .full,
      "there are \(table.count) breakers, \(session.user.names) of them made for uid \(session.user.uid), and the last tenth of the "
        + "\(limits.breakers) that there can be is for others: an admin can drop some with 'forget GLOB'")
  }

  // MARK: Turns

  /// Has the session go on in the next turn of the loop, behind the others of its user.
  func postpone(_ session: Session) {
    let user = session.user
    user.waiting.append(session)
    if user.waiting.count == 1 { turns.add(goOn(user)) }
  }

  /// Whether the sessions of this user have had their share of a turn, and others are to go first.
  func mustWait(_ session: Session) -> Bool { session.kind == .everybody && session.user.used >= limits.turnOfUser }

  /// Made once for each user, not for each turn.
  private func goOn(_ user: PeerUser) -> () -> Void {
    if let goOn = user.goOn { return goOn }
    let goOn = { self.resumeSessions(of: user) }
    user.goOn = goOn
    return goOn
  }

  private func resumeSessions(of user: PeerUser) {
    user.used = 0
    while user.used < limits.turnOfUser, let session = user.waiting.first {
      // It stays in its place meanwhile, so that what it puts behind itself is not one turn too many.
      session.resume()
      user.waiting.removeFirst()
    }
    if user.waiting.isEmpty { release(user) } else { turns.add(goOn(user)) }
  }
}
