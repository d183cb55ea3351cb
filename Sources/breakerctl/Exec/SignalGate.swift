#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Keeps the signals that end a program from ending this one, so that they can be waited for and passed on.
struct SignalGate {
  /// A signal that came.
  struct Arrival {
    let number: Int32
    /// Whether the terminal sent it, and so to all of the foreground, the child included.
    let isFromTerminal: Bool
  }

  /// The signals blocked by it.
  private let signals: sigset_t
  /// Those that were blocked before; a child gets them back.
  let before: sigset_t
  /// Those that a child gets back the usual effect of; the event loop ignores this one for the whole process.
  let toDefault: sigset_t

  /// Blocks the signals in this thread, and in those it makes.
  init() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGCHLD, SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, number) }
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    // Who ignores SIGCHLD never learns how a child ended.
    signal(SIGCHLD, SIG_DFL)
    var toDefault = sigset_t()
    sigemptyset(&toDefault)
    if !Self.isIgnored(SIGPIPE) { sigaddset(&toDefault, SIGPIPE) }
    self.signals = signals
    self.before = before
    self.toDefault = toDefault
  }

  /// The next signal; nil if none comes within `limit`. No limit: however long it takes.
  func next(within limit: Duration?) -> Arrival? {
    var set = signals
    var info = siginfo_t()
    var number: Int32 = -1
    if let limit {
      let (seconds, attoseconds) = max(limit, .zero).components
      var wait = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
      number = sigtimedwait(&set, &info, &wait)
    } else {
      number = sigwaitinfo(&set, &info)
    }
    guard number > 0 else { return nil }
    return Arrival(number: number, isFromTerminal: info.si_code > 0)
  }

  /// Has a signal that was waited for do what it usually does; returns if that is nothing.
  func yield(to number: Int32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    raise(number)
  }

  /// Whether this process was started so, or has been told, that a signal does nothing.
  static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
