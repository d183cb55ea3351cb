internal import BreakerClient

/// Where a daemon's two sockets are.
struct DaemonPlaces {
  let clients: String
  /// Nil: somewhere that cannot be told from the other.
  let admin: String?

  /// Those of the daemon that has this socket.
  init(of socket: SocketChoice) {
    let path = socket.path
    if path == SocketPath.service || path == SocketPath.serviceAdmin {
      clients = SocketPath.service
      admin = SocketPath.serviceAdmin
    } else if path.hasSuffix("/admin.sock") {
      clients = path.dropLast("admin.sock".count) + "breakerd.sock"
      admin = path
    } else {
      clients = path
      admin = path.hasSuffix("/breakerd.sock") ? path.dropLast("breakerd.sock".count) + "admin.sock" : nil
    }
  }

  /// Whether it is the one that systemd runs.
  var isService: Bool { clients == SocketPath.service }
}
