internal import BreakerClient
internal import BreakerProtocol

/// Why a command ends without what it was to do: a text for people, and what to exit with.
struct Failure: Error {
  let status: Int32
  /// Nil: all was said before.
  let message: String?

  init(_ status: Int32, _ message: String? = nil) {
    self.status = status
    self.message = message
  }

  /// A request that cannot be written.
  init(_ error: RequestLineError) { self.init(ExitStatus.badData, error.description) }

  /// A request without result. `socket` says where it was made.
  init(_ error: BreakerRequestError, socket: SocketChoice) {
    switch error {
    case .unavailable(let cause): self.init(cause, socket: socket)
    case .refused(let code, _):
      switch ErrorCode(rawValue: code) {
      case .forbidden:
        self.init(ExitStatus.notPermitted, error.description)
      case .full, .readOnly, .internal, .busy, .shuttingDown, .notThisProtocol:
        self.init(ExitStatus.unreachable, error.description)
      case .badVerb:
        self.init(
          ExitStatus.badData, "\(error.description)\n  breakerctl is \(BreakerClient.version); is breakerd older?")
      case .badVersion, .badArgument, .badOption, .badName, .unknownName, .tooLong, nil:
        self.init(ExitStatus.badData, error.description)
      }
    }
  }

  /// No daemon.
  init(_ cause: BreakerUnavailable, socket: SocketChoice) {
    switch cause.reason {
    case .notPermitted:
      self.init(ExitStatus.notPermitted, SocketAccess.advice(socket: cause.socketPath))
    case .notRunning:
      self.init(ExitStatus.unreachable, socket.notRunning)
    case .timedOut:
      self.init(
        ExitStatus.unreachable,
        "\(cause.description)\n  the daemon hangs, or is very busy; --timeout D waits longer")
    case .notBreakerd, .noSocket:
      self.init(ExitStatus.unreachable, "\(cause.description)\n  name the right one with --socket or $BREAKERD_SOCKET")
    case .backlogFull, .connectFailed, .badPath, .stalled, .connectionLost, .closedByDaemon, .refused, .overloaded,
      .onEventLoop, .shutDown:
      self.init(ExitStatus.unreachable, cause.description)
    }
  }
}
