import Foundation

/// A run of `store-torture`, another process, which uses a store until it is killed or ends.
final class Torture {
  private let process = Process()
  private let output = Pipe()

  init(_ arguments: String...) throws {
    // It is built beside the tests.
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    process.executableURL = URL(filePath: tests).deletingLastPathComponent().appending(path: "store-torture")
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
  }

  /// Waits until it has printed so much, then kills it.
  ///
  /// - Returns: Its whole lines.
  func killed(after lines: Int) -> [String] {
    var text = Data()
    while text.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { break }
      text += more
    }
    kill(process.processIdentifier, SIGKILL)
    return finished(text)
  }

  /// Waits for its end.
  func finished(_ start: Data = Data()) -> [String] {
    let text = start + output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The code it ended with.
  var code: Int32 { process.terminationStatus }
}
