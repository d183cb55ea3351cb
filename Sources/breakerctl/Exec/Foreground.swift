#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The terminal's foreground, lent to a child with a process group of its own, so that it may read what is typed.
struct Foreground {
  private let own: pid_t

  /// Lends it; nil if it is not ours to lend.
  init?(handingTo child: pid_t) {
    own = getpgrp()
    guard isatty(STDIN_FILENO) == 1, tcgetpgrp(STDIN_FILENO) == own else { return nil }
    Self.set(child)
    // It may have tried to read before.
    kill(-child, SIGCONT)
  }

  /// Takes it back.
  func takeBack() { Self.set(own) }

  private static func set(_ group: pid_t) {
    // Who is not in the foreground is stopped for trying this, unless it does not hear of it.
    let before = signal(SIGTTOU, SIG_IGN)
    tcsetpgrp(STDIN_FILENO, group)
    signal(SIGTTOU, before)
  }
}
