import BreakerProtocol

/// Where the daemon is. On a line: `socket=PATH pid=PID`.
struct DaemonAddress: Sendable {
  let socket: String
  let pid: Int32

  /// The address on a line; nil: there is none.
  init?(_ fields: Fields) {
    guard let socket = fields["socket"], let pid = fields["pid"].flatMap({ Int32($0) }) else { return nil }
    self.socket = socket
    self.pid = pid
  }
}
