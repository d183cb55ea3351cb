internal import BreakerClient

/// Which of the daemon's two sockets a command would rather use.
enum SocketOrder {
  /// A guarded call: there may be any number at once, and the few places of the admin socket are not for them.
  case everybodysFirst
  /// A look: the admin socket, and the other one when that has no place left.
  case adminsIfFree
  /// An act of an admin.
  case adminsFirst
  /// The first that is there: to connect would start a service that is stopped.
  case untouched

  /// Where to look for a socket, in order.
  func candidates(userDirectories: [String] = SocketPath.userDirectories) -> [String] {
    let everybodys = [SocketPath.service] + userDirectories.map { $0 + "/breakerd.sock" }
    let admins = [SocketPath.serviceAdmin] + userDirectories.map { $0 + "/admin.sock" }
    return switch self {
    case .everybodysFirst, .untouched: everybodys + admins
    case .adminsIfFree, .adminsFirst: zip(admins, everybodys).flatMap { [$0, $1] }
    }
  }
}
