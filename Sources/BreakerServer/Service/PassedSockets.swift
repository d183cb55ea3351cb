internal import Glibc

/// Listening sockets that the service manager has opened and passes to the daemon, by name; see sd_listen_fds(3).
///
/// They stay open while the daemon restarts, so that no connection is refused meanwhile.
struct PassedSockets {
  /// The name of the socket for everybody, as `FileDescriptorName=` says it.
  static let clients = "clients"
  /// The name of the socket for admins.
  static let admin = "admin"

  private var descriptors: [String: CInt] = [:]

  /// Those that are meant for this process; none if it was started otherwise.
  ///
  /// - Throws: ``StartError`` when one has an unknown name, or comes twice.
  init(environment: (String) -> String? = Self.variable, pid: Int32 = getpid()) throws(StartError) {
    guard let addressee = environment("LISTEN_PID"), Int32(addressee) == pid,
      let count = environment("LISTEN_FDS").flatMap({ CInt($0) }), count > 0
    else { return }
    let names = (environment("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
    // 3: the first after the standard ones.
    for descriptor in 3..<(3 + min(count, 64)) {
      let index = Int(descriptor) - 3
      let name = index < names.count ? String(names[index]) : ""
      guard [Self.clients, Self.admin].contains(name), descriptors[name] == nil else {
        throw StartError(
          "the service manager passes a socket named \"\(name)\": there has to be one with FileDescriptorName="
            + "\(Self.clients) and one with \(Self.admin)",
          exitCode: .cannotStart)
      }
      descriptors[name] = descriptor
    }
  }

  /// The socket of this name; nil: it was not passed.
  subscript(name: String) -> CInt? { descriptors[name] }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
