internal import Glibc

/// The directories that the daemon's files lie in.
enum Directory {
  /// Makes the directory of `file` and those above it where they are missing.
  ///
  /// - Parameter mode: Of the directory itself; those above it are made for this user only.
  /// - Throws: ``StartError`` if that is not possible, or if others than this user and root could put files of their own
  ///   there, or move ours away.
  static func prepare(for file: String, mode: mode_t = 0o700) throws(StartError) {
    let parts = file.split(separator: "/", omittingEmptySubsequences: true).dropLast()
    var path = file.hasPrefix("/") ? "" : "."
    for (index, part) in parts.enumerated() {
      path += "/" + part
      guard mkdir(path, index == parts.count - 1 ? mode : 0o700) != 0, errno != EEXIST else { continue }
      throw StartError.system("cannot make the directory \(path)")
    }
    if path.isEmpty { path = "/" }
    var status = stat()
    guard stat(path, &status) == 0 else { throw StartError.system("cannot look at \(path)") }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw StartError("\(path) is no directory", exitCode: .cannotStart)
    }
    let isOurs = status.st_uid == geteuid() || status.st_uid == 0
    guard isOurs, status.st_mode & 0o022 == 0 || status.st_mode & S_ISVTX != 0 else {
      throw StartError(
        "\(path) belongs to user \(status.st_uid) with mode \(String(status.st_mode & 0o7777, radix: 8)): others could put "
          + "files there in place of ours; let user \(geteuid()) own it, with mode 0755 or less, or choose another path",
        exitCode: .cannotStart)
    }
  }

  /// Makes one directory, for this user only; that it is there already is no error, and that it cannot be made shows
  /// when it is used.
  static func make(_ path: String) { mkdir(path, 0o700) }

  /// The directory that `file` lies in.
  static func of(_ file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
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
