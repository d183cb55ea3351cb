/// The daemon could not be asked.
public struct BreakerUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why not.
  public enum Reason: Hashable, Sendable {
    /// Nothing listens at the socket, or there is none.
    case notRunning
    /// This user may not open the socket.
    case notPermitted
    /// Its queue of connections is full.
    case backlogFull
    /// The socket could not be opened for another reason, the system's error number.
    case connectFailed(errno: Int32)
    /// The path is too long for a socket, or empty.
    case badPath
    /// No reply came within the deadline.
    case timedOut
    /// An earlier request has had no reply yet, so this one was not made.
    case stalled
    /// The connection ended.
    case connectionLost
    /// The daemon ended the connection, and said why.
    case closedByDaemon(code: String, text: String)
    /// The daemon answered with an error.
    case refused(code: String, text: String)
    /// What is there is no socket, but a file or a directory.
    case noSocket
    /// Whoever listens there is not breakerd; what it said.
    case notBreakerd(String)
    /// Too many requests of this client wait for replies.
    case overloaded
    /// The caller blocks the client's own event loop, on which the answer would come.
    case onEventLoop
    /// The client was shut down.
    case shutDown
  }

  /// Why not.
  public let reason: Reason
  /// The socket that was tried.
  public let socketPath: String

  /// The error of this reason and socket.
  public init(_ reason: Reason, socketPath: String) {
    self.reason = reason
    self.socketPath = socketPath
  }

  /// What is wrong, and where.
  public var description: String {
    switch reason {
    case .notRunning: "nothing listens at \(socketPath): is breakerd running?"
    case .notPermitted: "no permission to open \(socketPath)"
    case .backlogFull: "\(socketPath) takes no more connections now"
    case .connectFailed(let errno): "cannot connect to \(socketPath): error \(errno)"
    case .badPath: "\(socketPath.debugDescription) cannot be the path of a socket: 1 to 107 bytes"
    case .timedOut: "no reply from \(socketPath) within the deadline"
    case .stalled: "\(socketPath) has not answered an earlier request yet"
    case .connectionLost: "the connection to \(socketPath) was lost"
    case .closedByDaemon(let code, let text): "breakerd closed the connection: \(code) \(text)"
    case .refused(let code, let text): "breakerd refused: \(code) \(text)"
    case .noSocket: "\(socketPath) is no socket"
    case .notBreakerd(""): "wrong socket: \(socketPath) is not breakerd's, it is of another type"
    case .notBreakerd(let sample): "wrong socket: \(socketPath) is not breakerd's, it said \(sample.debugDescription)"
    case .overloaded: "too many requests wait for replies from \(socketPath)"
    case .onEventLoop: "\(socketPath) cannot be asked from the event loop that its answer comes on: use the async form"
    case .shutDown: "the client was shut down"
    }
  }
}
