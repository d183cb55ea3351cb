public import Logging

extension BreakerClient {
  /// How a client finds the daemon, and what it does without.
  public struct Configuration: Sendable {
    /// The daemon's socket; nil: `$BREAKERD_SOCKET`, else `/run/breakerd/breakerd.sock`, else, where that does not exist, that
    /// of a daemon run by this user: `$XDG_RUNTIME_DIR/breakerd/breakerd.sock` or `/tmp/breakerd-UID/breakerd.sock`.
    public var socketPath: String?
    /// How long a call waits for the daemon at most, connecting included; 50 ms unless said.
    public var deadline: Duration = .milliseconds(50)
    /// What a call does when the daemon cannot be asked; it passes unless said.
    public var onUnavailable: OnUnavailable = .allow
    /// This process's name in the daemon's list of clients, at most 32 bytes; longer ones are cut.
    public var name: String?
    /// Whether permits go back to the daemon when this process ends or loses its connection; so unless said.
    public var isBound = true
    /// Whether calls are decided by the daemon's board where there is one, without asking; so unless said.
    public var useBoard = true
    /// Where it is told, once a minute at most, that the daemon cannot be asked; nil: nowhere.
    public var logger: Logger? = Logger(label: "breakerd.client")

    /// The defaults, or with another socket.
    public init(socketPath: String? = nil) { self.socketPath = socketPath }
  }
}
