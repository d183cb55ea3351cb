import Foundation

/// A directory for one test, removed with it.
final class Scratch {
  let directory: String

  init() throws {
    let url = URL(filePath: NSTemporaryDirectory()).appending(path: "store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    directory = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// Where the test's database is.
  var database: String { self["db"] }

  /// A path in the directory.
  subscript(_ name: String) -> String { "\(directory)/\(name)" }

  /// The names in the directory.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }
  }

  func read(_ name: String = "db") throws -> Data { try Data(contentsOf: URL(filePath: self[name])) }

  func write(_ data: Data, to name: String = "db") throws { try data.write(to: URL(filePath: self[name])) }

  func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: self[name])[.posixPermissions] as? Int
  }
}
