internal import BreakerBoard
internal import BreakerCore
internal import BreakerProtocol
internal import Logging
internal import NIOCore

/// Connections that come, and all of them at the end.
extension Engine {
  /// The handler for a new connection: a session, or the news that there is no room.
  func accept(_ peer: PeerCredentials, _ kind: ListenerKind) -> any ChannelHandler {
    tick()
    beat()
    let user = user(peer.uid)
    switch kind {
    case .everybody:
      let isAdmin = Access.isAdmin(peer, daemon: about.uid, admins: ruleset.admins)
      if let refusal = refusal(of: user, isAdmin: isAdmin) { return turnAway(user, refusal) }
      user.connections += 1
    case .admin:
      if let refusal = adminRefusal(of: peer) { return turnAway(user, refusal) }
      adminSessions += 1
    }
    return join { connection, slot in
      Session(
        engine: self, connection: connection, slot: slot, peer: peer, user: user, kind: kind, connectedAt: moment.now)
    }
  }

  private func turnAway(_ user: PeerUser, _ refusal: RequestError) -> any ChannelHandler {
    counters.refusedConnections &+= 1
    release(user)
    return BusyHandler(refusal)
  }

  /// A new connection gets its number and its place.
  func join(_ make: (_ connection: UInt64, _ slot: Int) -> Session) -> Session {
    counters.connections &+= 1
    let connection = nextConnection
    nextConnection += 1
    let session = sessions.insert { make(connection, $0) }
    sessionOf[connection] = session
    return session
  }

  /// A connection is gone: another can have its place.
  func leave(_ session: Session) {
    sessions.remove(at: session.slot)
    sessionOf[session.caller.connection] = nil
    endWatch(session)
    if session.caller.isProber { probers -= 1 }
    switch session.kind {
    case .everybody: session.user.connections -= 1
    case .admin: adminSessions -= 1
    }
    release(session.user)
  }

  /// What a connection that is gone held goes back, a slice of it a turn.
  func releaseHoldings(of session: Session) {
    tick()
    for _ in 0..<limits.slice where work < limits.turn {
      guard let slot = session.holdings.popFirst() else { return }
      guard let entry = table.slots[slot] else { continue }
      catchUp(entry)
      if entry.breaker.lose(connection: session.caller.connection) > 0 { reschedule(entry) }
    }
    if !session.holdings.isEmpty {
      turns.add { self.releaseHoldings(of: session) }
    }
  }

  /// Accepting failed, most likely for want of descriptors; it is tried again soon.
  func acceptFailed(_ why: String) {
    tick()
    counters.failedAccepts &+= 1
    guard moment.now >= nextAcceptWarning else { return }
    nextAcceptWarning = moment.now + .seconds(60)
    log.error(
      "cannot accept connections: raise the limit on open files",
      metadata: ["error": "\(why)", "failures": "\(counters.failedAccepts)"])
  }

  /// Has every session send the replies that are due and close.
  func endSessions() {
    // The service manager knows that it ends.
    status = nil
    endBoard()
    for slot in sessions.slice(from: 0, limit: .max) {
      sessions[slot]?.end(with: RequestError(.shuttingDown, "the daemon is stopping: connect again later"))
    }
  }
}
