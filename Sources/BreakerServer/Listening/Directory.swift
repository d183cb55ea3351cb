internal import Glibc

/// The directories that the daemon's files lie in.
enum Directory {
  /// Makes the directory of `file` and those above it where they are missing, for this user only.
  ///
  /// - Throws: ``StartError`` if that is not possible, or the directory belongs to somebody else and others than its
  ///   owner could put files there that this process would trust.
  static func prepare(for file: String) throws(StartError) {
    let parts = file.split(separator: "/", omittingEmptySubsequences: true).dropLast()
    var path = file.hasPrefix("/") ? "" : "."
    for part in parts {
      path += "/" + part
      guard mkdir(path, 0o700) != 0, errno != EEXIST else { continue }
      throw StartError.system("cannot make the directory \(path)")
    }
    var status = stat()
    guard stat(path.isEmpty ? "/" : path, &status) == 0 else { throw StartError.system("cannot look at \(path)") }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw StartError("\(path) is no directory", exitCode: .cannotStart)
    }
  }

  /// Checks that a directory in a place where everybody may make directories is this user's own and nobody else's.
  static func checkPrivate(_ path: String) throws(StartError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw StartError.system("cannot look at \(path)") }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw StartError(
        "\(path) must be a directory of user \(geteuid()) with mode 0700: somebody else may have made it; remove it, or "
          + "choose other paths with --socket, --admin-socket and --state",
        exitCode: .cannotStart)
    }
  }
}
