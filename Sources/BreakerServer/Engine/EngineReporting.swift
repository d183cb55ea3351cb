internal import BreakerCore
internal import Logging
internal import NIOCore

/// What the service manager is told, and the daemon's own look at whether it can be reached.
extension Engine {
  /// From now on the service manager hears how the daemon is, and that it lives.
  func beginReporting() {
    tick()
    status = ""
    tellStatus()
    ping()
  }

  /// Says that the daemon lives, as often as that is wanted. Only this loop does, which answers requests as well; a store that
  /// hangs is another matter.
  func ping() {
    guard let interval = manager.pingInterval else { return }
    lookAfterSockets()
    tellStatus()
    pingAt = moment.now + (manager.ping() ? Timespan(microseconds: interval) : .milliseconds(200))
    armTimer()
  }

  /// Says how the daemon is, if that has changed.
  func tellStatus() {
    guard let before = status else { return }
    let troubles = self.troubles
    let now = troubles.isEmpty ? "serving" : "serving, degraded: \(troubles.joined(separator: ", "))"
    guard now != before else { return }
    status = now
    manager.tell(status: now)
  }

  /// Whether clients still find the sockets.
  func lookAfterSockets() {
    for place in [about.socket, about.adminSocket] {
      let isGone = !place.isInPlace
      guard isGone != goneSockets.contains(place.path) else { continue }
      if isGone {
        goneSockets.insert(place.path)
        log.error(
          "a socket is no longer where it was, nobody can connect: restart it", metadata: ["path": "\(place.path)"])
      } else {
        goneSockets.remove(place.path)
      }
    }
  }
}
