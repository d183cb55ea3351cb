import Foundation
import Glibc

/// Processes that guard their calls with the Swift client; see Tests/ClientWorker.
final class ClientWorkers: Sendable {
  private static let program = URL(fileURLWithPath: DaemonProcess.program).deletingLastPathComponent()
    .appendingPathComponent("client-worker").path

  let children: [ChildProcess]
  private let scratch: ScratchDirectory

  /// Starts so many with these arguments behind the socket's; each '@' alone becomes the number of the process.
  init(_ count: Int, _ arguments: String..., on daemon: DaemonProcess) throws {
    let scratch = try ScratchDirectory()
    self.scratch = scratch
    children = try (0..<count).map { number in
      try ChildProcess(
        [Self.program, daemon.socket] + arguments.map { $0 == "@" ? "\(number)" : $0 },
        output: .open(scratch.file("out"), O_WRONLY | O_CREAT | O_APPEND))
    }
  }

  /// What all of them have printed.
  var lines: [String] { FileFacts.text(scratch.file("out")).split(separator: "\n").map(String.init) }
}
