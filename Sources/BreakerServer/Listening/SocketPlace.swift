internal import Glibc

/// Where a socket lies in the file system, and which file it is.
struct SocketPlace: Sendable {
  let path: String
  private let device: dev_t
  private let inode: ino_t

  /// The file that lies at `path` now.
  init(_ path: String) {
    self.path = path
    var status = stat()
    let isThere = stat(path, &status) == 0
    device = isThere ? status.st_dev : 0
    inode = isThere ? status.st_ino : 0
  }

  /// Whether it is still there: without it, nobody can connect any more.
  var isInPlace: Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    // It could not be seen at first.
    if inode == 0 { return status.st_mode & S_IFMT == S_IFSOCK }
    return status.st_dev == device && status.st_ino == inode
  }
}
