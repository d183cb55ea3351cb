internal import BreakerClient

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Which socket a command uses, and which it has tried.
struct SocketChoice {
  /// The socket to use: the first at which something listens that this user may open; else the first that exists.
  let path: String
  /// Where it was looked, in order.
  let tried: [String]

  /// The choice by the option `--socket`, the environment, or what can be opened.
  init(option: String?, order: SocketOrder) {
    if let path = option ?? SocketPath.fromEnvironment {
      self.init(path)
    } else {
      self.init(candidates: order.candidates(), order: order)
    }
  }

  /// This socket and no other.
  init(_ path: String) {
    self.path = path
    tried = [path]
  }

  /// The first of these that can be opened.
  init(candidates: [String], order: SocketOrder) {
    tried = candidates
    guard order != .untouched else {
      path = candidates.first { access($0, F_OK) == 0 || errno == EACCES } ?? SocketPath.service
      return
    }
    var closest: (path: String, reason: BreakerUnavailable.Reason)?
    for candidate in candidates {
      do {
        close(try UnixSocket.connect(to: candidate))
        path = candidate
        return
      } catch {
        switch error.reason {
        case .backlogFull:
          path = candidate
          return
        case .notPermitted:
          // What is told is the socket for everybody, if it is there: to be let in there is the lesser wish.
          if closest == nil || order != .everybodysFirst { closest = (candidate, error.reason) }
        default: break
        }
      }
    }
    path = closest?.path ?? SocketPath.service
  }

  /// The same daemon's socket for everybody, if this is its admin socket, and nobody has asked for just that.
  var everybodys: SocketChoice? {
    guard tried.count > 1 else { return nil }
    if path == SocketPath.serviceAdmin { return SocketChoice(SocketPath.service) }
    let name = "/admin.sock"
    return path.hasSuffix(name) ? SocketChoice(path.dropLast(name.count) + "/breakerd.sock") : nil
  }

  /// What to say when nothing listens.
  var notRunning: String {
    let start = "  start it: systemctl start breakerd    or, for yourself: breakerd &"
    guard tried.count > 1 else { return "nothing listens at \(path): breakerd is not running there\n\(start)" }
    return "breakerd is not running; nothing listens at\n" + tried.map { "    \($0)\n" }.joined() + start
  }
}
