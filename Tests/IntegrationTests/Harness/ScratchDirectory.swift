import Foundation
import Glibc

/// A directory of its own for one test, with a path short enough for sockets; it goes when nobody needs it any more.
final class ScratchDirectory: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/brk-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A path in it.
  func file(_ name: String) -> String { path + "/" + name }

  /// Makes a file of these bytes and returns its path.
  func write(_ name: String, _ text: String) throws -> String {
    let path = file(name)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }
}

/// A system call that failed.
struct SystemError: Error, CustomStringConvertible {
  let description: String
  let code: CInt

  init(_ call: String, _ code: CInt = errno) {
    self.code = code
    description = "\(call): \(String(cString: strerror(code)))"
  }
}

/// Facts about a file.
enum FileFacts {
  /// Type and mode; nil if there is no such file.
  static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : nil
  }

  /// The permissions, as in `chmod`.
  static func permissions(_ path: String) -> mode_t? { mode(path).map { $0 & 0o7777 } }

  /// Whether there is anything at this path.
  static func exists(_ path: String) -> Bool { mode(path) != nil }

  /// All the text of a file; empty if it cannot be read.
  static func text(_ path: String) -> String {
    (try? Data(contentsOf: URL(fileURLWithPath: path))).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
