import FoundationEssentials
import Glibc

/// A new directory that only this user can look into.
struct PrivateDirectory {
  let path: String

  /// - Throws: ``DemoError``, if it cannot be made.
  init() throws(DemoError) {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/breakerd-demo.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw .system("cannot make a directory in \(base)", errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The path of a file in it.
  func file(_ name: String) -> String { path + "/" + name }

  /// Removes it, with all that is in it.
  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
