internal import Glibc

/// A lock file: while one process holds it, no other can. It ends with the process, however that ends.
///
/// The file stays when the lock ends; removing it would let two processes lock two files of one name.
public struct FileLock: ~Copyable, Sendable {
  private let descriptor: CInt

  /// Takes the lock, and writes this process's number into the file.
  ///
  /// - Throws: ``FileLockError``, at once, when another process holds it or the file cannot be made.
  public init(path: String) throws(FileLockError) {
    var descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    let trouble = errno
    // One that is there keeps others out as well if it can only be read, on a file system that is read-only for instance.
    if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
    guard descriptor >= 0 else {
      throw FileLockError("cannot open \(path): \(String(cString: strerror(trouble)))", isHeld: false)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = errno
      let holder = Self.holder(descriptor)
      close(descriptor)
      guard failure == EWOULDBLOCK else {
        throw FileLockError("cannot lock \(path): \(String(cString: strerror(failure)))", isHeld: false)
      }
      throw FileLockError(
        "another breakerd runs here\(holder.map { ", process \($0)" } ?? ""): it holds \(path)", isHeld: true)
    }
    let text = Array("\(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.count, 0)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Whether another process holds the lock now.
  public static func isHeld(path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// The number in the file.
  private static func holder(_ descriptor: CInt) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}

/// Why a lock could not be had.
public struct FileLockError: Error, CustomStringConvertible {
  /// For people.
  public let description: String
  /// Whether another process has it.
  public let isHeld: Bool

  init(_ description: String, isHeld: Bool) {
    self.description = description
    self.isHeld = isHeld
  }
}
