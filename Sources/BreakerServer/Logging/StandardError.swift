internal import Glibc

/// Standard error, written to with plain system calls.
public enum StandardError {
  /// Puts /dev/null where a standard descriptor is closed, so that no socket gets its number and the log with it.
  public static func openIfClosed() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// Whether it is the journal of systemd, which names its device and inode in `JOURNAL_STREAM`; see systemd.exec(5). A
  /// process below a service inherits that variable, whatever its own standard error is.
  public static var isJournal: Bool {
    guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return false }
    var status = stat()
    return fstat(STDERR_FILENO, &status) == 0 && stream == "\(status.st_dev):\(status.st_ino)"
  }

  /// Writes all of `text`, waiting as long as it takes; gives up when nobody can read it any more, or there is no room for it.
  ///
  /// - Returns: Whether all of it was written.
  @discardableResult
  public static func write(_ text: String) -> Bool {
    var rest = ArraySlice(text.utf8)
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno == EAGAIN {
        var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        _ = poll(&descriptor, 1, 1_000)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
