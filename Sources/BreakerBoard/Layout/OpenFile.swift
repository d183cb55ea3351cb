#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A descriptor that is closed with it, and what a board does with one.
struct OpenFile: ~Copyable {
  let descriptor: CInt
  let path: String

  /// Opens what is there, without following a link, waiting for a pipe, or leaving the descriptor to other programs.
  init(existing path: String, writing: Bool = false) throws(BoardError) {
    let flags = (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    descriptor = open(path, flags)
    self.path = path
    guard descriptor >= 0 else {
      // So the system calls a link; a directory or a socket that cannot be opened is no board either.
      guard [ELOOP, EISDIR, ENXIO].contains(errno) else { throw .system("it cannot be opened", path: path) }
      throw BoardError(.notAFile, "it is no ordinary file", path: path)
    }
  }

  /// Makes an empty file, with exactly these permissions; there must be none.
  init(new path: String, permissions: UInt32) throws(BoardError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    self.path = path
    guard descriptor >= 0 else { throw .system("it cannot be made", path: path) }
    guard fchmod(descriptor, permissions) == 0 else {
      let failure = BoardError.system("its permissions cannot be set", path: path)
      unlink(path)
      throw failure
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The first so many bytes in memory, shared with everybody else who maps them.
  borrowing func map(_ size: Int, writing: Bool) throws(BoardError) -> UnsafeMutableRawPointer {
    let memory = mmap(nil, size, writing ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0)
    guard let memory, memory != UnsafeMutableRawPointer(bitPattern: -1) else {
      throw .system("it cannot be mapped", path: path)
    }
    return memory
  }
}
