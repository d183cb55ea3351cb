internal import Glibc

/// The signals that tell the daemon what to do: they are waited for, and interrupt nothing.
public struct ServiceSignals: Sendable {
  /// What a signal asks for.
  enum Wish {
    /// SIGHUP: read the configuration again.
    case reload
    /// SIGTERM or SIGINT: stop.
    case stop
  }

  /// Holds them back from now on, in this thread and those that it starts: to be made before any other thread is.
  public init() {
    var set = Self.set
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Waits for the next.
  func next() -> Wish {
    var set = Self.set
    while true {
      let signal = sigwaitinfo(&set, nil)
      if signal > 0 { return signal == SIGHUP ? .reload : .stop }
    }
  }

  private static var set: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in [SIGHUP, SIGTERM, SIGINT] { sigaddset(&set, signal) }
    return set
  }
}
