import Glibc

/// Standard output, written to with plain system calls.
enum StandardOutput {
  /// Writes all of `bytes`, waiting as long as it takes.
  ///
  /// - Throws: ``SimulateFailure/unread`` when nobody reads any more.
  static func write(_ bytes: ArraySlice<UInt8>) throws(SimulateFailure) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(STDOUT_FILENO, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        var descriptor = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        _ = poll(&descriptor, 1, -1)
      } else if errno == EPIPE {
        throw .unread
      } else if errno != EINTR {
        throw .system("cannot write the output", .outputFailed)
      }
    }
  }
}
