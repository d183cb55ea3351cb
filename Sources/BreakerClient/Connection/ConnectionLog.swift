internal import Logging

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What the program's log hears of the connection: few lines, each with what to do.
struct ConnectionLog: Sendable {
  /// The program's logger; nil: it wants none.
  var logger: Logger?
  /// What calls do meanwhile.
  var onUnavailable: OnUnavailable

  private var consequence: String {
    switch onUnavailable {
    case .allow: "calls are not guarded"
    case .deny: "calls are refused"
    case .local: "each process guards its calls alone"
    }
  }

  func write(_ complaint: Complaint, socketPath: String) {
    guard let logger else { return }
    switch complaint {
    case .unavailable(.notPermitted):
      // No look-up of names here: they may come over a network, and this is an event loop.
      logger.error(
        "No permission to open breakerd's socket, so \(consequence)",
        metadata: [
          "socket": "\(socketPath)", "uid": "\(geteuid())", "on_unavailable": "\(onUnavailable)",
          "mend": "usermod -aG \"$(stat -c %G \(socketPath))\" \"$(id -nu \(geteuid()))\", then log in or start anew",
        ])
    case .unavailable(.refused(let code, let text)):
      logger.warning(
        "breakerd refused to answer, so \(consequence)",
        metadata: ["code": "\(code)", "text": "\(text)", "on_unavailable": "\(onUnavailable)"])
    case .unavailable(let reason):
      logger.warning(
        "breakerd cannot be asked, so \(consequence)",
        metadata: [
          "socket": "\(socketPath)", "on_unavailable": "\(onUnavailable)",
          "reason": "\(BreakerUnavailable(reason, socketPath: socketPath))",
        ])
    case .reportRefused(let code, let text):
      logger.warning("breakerd refused a report", metadata: ["code": "\(code)", "text": "\(text)"])
    }
  }
}
