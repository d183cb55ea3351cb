import BreakerBoard
import Foundation

/// A directory for one test, removed with it, and what tests do with boards in it.
final class Scratch {
  let directory: String
  /// When the boards' runs start, in nanoseconds.
  static let base: UInt64 = 1_000_000_000_000

  init() throws {
    let url = URL(filePath: NSTemporaryDirectory()).appending(path: "board-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    directory = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// Where the test's board is.
  var board: String { self["board"] }

  /// A path in the directory.
  subscript(_ name: String) -> String { "\(directory)/\(name)" }

  /// The names in the directory.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }
  }

  func read() throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: board))) }

  func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: board)) }

  /// A writer whose board is in place, and has a heartbeat at the base.
  func writer(names: Int = 0, seed: UInt64 = 7) throws -> BoardWriter {
    let writer = try BoardWriter(
      path: board, identity: BoardIdentity(epoch: 99, seed: seed, base: Self.base), names: names)
    try writer.place(at: Self.base)
    return writer
  }
}

extension BoardWriter {
  /// Publishes for a name, without a limit from which a call is slow.
  @discardableResult
  func publish(_ word: BoardWord, slowCall: UInt32 = 0, for name: String) -> Bool {
    var name = name
    return name.withUTF8 { publish(word, slowCall: slowCall, for: UnsafeRawBufferPointer($0)) }
  }

  func forget(_ name: String) {
    var name = name
    name.withUTF8 { forget(UnsafeRawBufferPointer($0)) }
  }
}

extension BoardWord {
  static func closed(_ generation: UInt64) -> BoardWord { BoardWord(.closed, generation: generation) }
}
