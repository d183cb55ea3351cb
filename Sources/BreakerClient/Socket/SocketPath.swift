#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Where the daemon's sockets are, when nobody says.
public enum SocketPath {
  /// The socket of a daemon run as a service.
  public static let service = "/run/breakerd/breakerd.sock"
  /// Its socket for admins.
  public static let serviceAdmin = "/run/breakerd-admin/admin.sock"

  /// What `$BREAKERD_SOCKET` says; nil if nothing.
  public static var fromEnvironment: String? { environment("BREAKERD_SOCKET") }

  /// The directories where a daemon run by this user without flags has its sockets, the likelier first.
  ///
  /// One under `/tmp` counts only if it belongs to this user and nobody else may write to it, since anybody can make a
  /// directory there.
  public static var userDirectories: [String] {
    var directories: [String] = []
    if let runtime = environment("XDG_RUNTIME_DIR") { directories.append(runtime + "/breakerd") }
    let temporary = "/tmp/breakerd-\(geteuid())"
    if isPrivate(temporary) { directories.append(temporary) }
    return directories
  }

  /// The socket that a client without further instructions opens: `$BREAKERD_SOCKET`, else the service's if it exists,
  /// else that of this user's daemon if it exists, else the service's.
  public static var forClients: String {
    if let path = fromEnvironment { return path }
    let candidates = [service] + userDirectories.map { $0 + "/breakerd.sock" }
    return candidates.first { access($0, F_OK) == 0 || errno == EACCES } ?? service
  }

  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  private static func isPrivate(_ directory: String) -> Bool {
    var status = stat()
    guard lstat(directory, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
  }
}
