import Glibc

/// Where a daemon's files lie if nobody says otherwise.
struct Paths {
  let socket: String
  let adminSocket: String
  let state: String
  /// The configuration file, if there is one.
  let configuration: String
  /// The directory of both sockets, which must be this user's alone; nil: the system's, which root looks after.
  let privateDirectory: String?

  /// For root the system's paths, for everybody else paths of their own.
  static var current: Paths {
    if geteuid() == 0 {
      return Paths(
        socket: "/run/breakerd/breakerd.sock", adminSocket: "/run/breakerd-admin/admin.sock",
        state: "/var/lib/breakerd/breakerd.sqlite", configuration: "/etc/breakerd/breakerd.yaml", privateDirectory: nil)
    }
    let runtime = variable("XDG_RUNTIME_DIR").map { $0 + "/breakerd" } ?? "/tmp/breakerd-\(geteuid())"
    let home = variable("HOME") ?? runtime
    let state = variable("XDG_STATE_HOME") ?? home + "/.local/state"
    let configuration = variable("XDG_CONFIG_HOME") ?? home + "/.config"
    return Paths(
      socket: runtime + "/breakerd.sock", adminSocket: runtime + "/admin.sock",
      state: state + "/breakerd/breakerd.sqlite", configuration: configuration + "/breakerd/breakerd.yaml",
      privateDirectory: runtime)
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), value.hasPrefix("/") else { return nil }
    return value
  }
}
