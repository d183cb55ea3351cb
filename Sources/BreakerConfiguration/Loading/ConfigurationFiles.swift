internal import Glibc

/// The files of a configuration, as bytes.
enum ConfigurationFiles {
  /// The most bytes of one file, enough for some 40,000 patterns.
  static let largest = 4 << 20
  /// The most files in conf.d.
  static let most = 1_000

  /// A file that cannot be read; says which, and why.
  struct Failure: Error {
    let message: String
    let code: CInt
  }

  /// The content of the file at `path`.
  static func read(_ path: String) throws(Failure) -> [UInt8] {
    // A pipe without a writer must not make anybody wait.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(message: "\(path) is not a file", code: EINVAL)
    }
    var bytes: [UInt8] = []
    while true {
      let chunk = try [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count throws(Failure) in
        count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0 { count = 0; throw failure(path) }
      }
      if chunk.isEmpty { return bytes }
      bytes += chunk
      guard bytes.count <= largest else {
        throw Failure(
          message: "\(path) is larger than \(largest >> 20) MiB; split it into files of conf.d", code: EFBIG)
      }
    }
  }

  /// The paths of the files `conf.d/*.yaml` beside the file at `path`, in the order of their names' bytes; none if there
  /// is no such directory.
  static func additions(beside path: String) throws(Failure) -> [String] {
    let end = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let directory = path[..<end] + "conf.d"
    guard let stream = opendir(String(directory)) else {
      let code = errno
      if code == ENOTDIR && access(String(directory), F_OK) == 0 {
        throw Failure(message: "\(directory) is not a directory; put its files into one of that name", code: code)
      }
      if code == ENOENT || code == ENOTDIR { return [] }
      throw failure(String(directory), code)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".yaml") && !name.hasPrefix(".") { names.append(name) }
    }
    guard names.count <= most else {
      throw Failure(message: "\(directory) has more than \(most) files; join some of them", code: EFBIG)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(directory)/\($0)" }
  }

  private static func failure(_ path: String, _ code: CInt = errno) -> Failure {
    Failure(message: "\(path) cannot be read: \(String(cString: strerror(code)))", code: code)
  }
}
