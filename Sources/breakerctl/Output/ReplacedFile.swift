#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A file that is replaced as a whole: a reader sees what was there before, or all of what is there now.
enum ReplacedFile {
  /// Replaces what is at `path` with `text`, readable by all.
  static func write(_ text: String, to path: String) throws(Failure) {
    let draft = "\(path).\(getpid()).tmp"
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard file >= 0 else { throw failure("cannot make \(draft)") }
    let isWritten = Console.write(text, to: file) && fchmod(file, 0o644) == 0
    guard isWritten, close(file) == 0, rename(draft, path) == 0 else {
      let failure = failure("cannot write \(path)")
      unlink(draft)
      throw failure
    }
  }

  private static func failure(_ what: String) -> Failure {
    Failure(ExitStatus.cannotCreate, "\(what): \(String(cString: strerror(errno)))")
  }
}
