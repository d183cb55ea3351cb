internal import Glibc

/// What the store does with files by itself, beside SQLite.
enum StoreFile {
  /// What belongs to a database beside the file itself.
  static let companions = ["-wal", "-shm", "-journal"]

  /// The path as SQLite takes it without giving a meaning to any part of it.
  static func literal(_ path: String) throws(StoreError) -> String {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw StoreError(.cantOpen, "that is no path of a file", path: path)
    }
    return path.utf8.first == UInt8(ascii: "/") ? path : "./" + path
  }

  /// Makes an empty file that nobody else may read, unless there is one.
  static func createIfMissing(_ path: String) throws(StoreError) {
    guard !exists(path) else { return try requireRegular(path) }
    try createEmpty(path)
  }

  /// Makes an empty file that nobody else may read. There must be none.
  static func createEmpty(_ path: String) throws(StoreError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreError(systemError: errno, "it cannot be made", path: path) }
    close(descriptor)
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// How many bytes there are. (SQLite says 0 of a file of one byte, and would write over it.)
  static func size(_ path: String) throws(StoreError) -> Int {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw StoreError(systemError: errno, "it cannot be seen", path: path) }
    return status.st_size
  }

  /// SQLite deletes a log whose file is shorter than a page, whatever it is opened for, with all that was committed to it.
  static func requireFileOfLog(_ path: String) throws(StoreError) {
    guard exists(path + "-wal"), try size(path) < 512, try size(path + "-wal") > 0 else { return }
    throw StoreError(.corrupt, "it is empty or cut off, but its log is not", path: path)
  }

  /// Which file is at a path, as long as it has that name: device and number; nil if there is none.
  static func identity(_ path: String) -> [UInt64]? {
    var status = stat()
    return lstat(path, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : nil
  }

  /// A link would be replaced by a rename instead of what it points to, and a pipe would hang.
  static func requireRegular(_ path: String) throws(StoreError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw StoreError(systemError: errno, "it cannot be seen", path: path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let what = status.st_mode & S_IFMT == S_IFLNK ? "it is a symbolic link" : "it is no ordinary file"
      throw StoreError(.notAFile, what, path: path)
    }
  }

  /// Waits until a file, or a directory's entries, are on the disk.
  static func synchronize(_ path: String, directory: Bool = false) throws(StoreError) {
    let descriptor = open(path, (directory ? O_DIRECTORY : 0) | O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError(systemError: errno, "it cannot be opened", path: path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw StoreError(systemError: errno, "it cannot be brought to the disk", path: path)
    }
  }

  static func rename(_ path: String, to target: String) throws(StoreError) {
    guard Glibc.rename(path, target) == 0 else {
      throw StoreError(systemError: errno, "it cannot be renamed to \(target)", path: path)
    }
  }

  /// Removes a file that is of no use, with what belongs to it, if they are there.
  static func remove(_ path: String) {
    for file in [path] + companions.map({ path + $0 }) { unlink(file) }
  }

  /// The directory of a path that ``literal(_:)`` made, and the name in it.
  static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = path[..<slash]
    return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
  }

  /// The names in a directory that begin so.
  static func names(in directory: String, beginning prefix: String) throws(StoreError) -> [String] {
    guard let stream = opendir(directory) else {
      throw StoreError(systemError: errno, "it cannot be listed", path: directory)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(prefix) { names.append(name) }
    }
    return names
  }
}
