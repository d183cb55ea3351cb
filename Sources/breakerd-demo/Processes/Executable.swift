import Glibc

/// The file of a program.
struct Executable: Sendable {
  let path: String

  /// This program.
  ///
  /// - Throws: ``DemoError``, if the system does not say which it is.
  static var current: Executable {
    get throws(DemoError) {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink("/proc/self/exe", &buffer, buffer.count)
      guard count > 0 else { throw .system("cannot find this program's own file", errno: errno) }
      return Executable(path: String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
  }

  /// Whether a program is there that may be run.
  static func isThere(_ path: String) -> Bool { access(path, X_OK) == 0 }

  /// The program of that name in the same directory.
  func sibling(_ name: String) -> String {
    (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + name
  }
}
