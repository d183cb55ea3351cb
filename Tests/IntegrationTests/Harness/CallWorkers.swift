import Foundation
import Glibc

/// Processes that make calls, many of them and quickly started; see Tests/CallWorker.
final class CallWorkers: Sendable {
  /// The program, which lies beside the daemon's.
  private static let program = URL(fileURLWithPath: DaemonProcess.program).deletingLastPathComponent()
    .appendingPathComponent("call-worker").path

  let children: [ChildProcess]
  private let scratch: ScratchDirectory

  /// Starts so many that each send these lines, and stay.
  init(_ count: Int, holding lines: String..., on daemon: DaemonProcess) throws {
    let scratch = try ScratchDirectory()
    self.scratch = scratch
    children = try (0..<count).map { _ in
      try ChildProcess([Self.program, daemon.socket, "hold"] + lines, output: Self.output(in: scratch))
    }
  }

  /// Starts so many that make one call of `name` after the other, with `pipe` to count those under way.
  init(_ count: Int, calling name: String, for seconds: Int, counting pipe: Descriptor, on daemon: DaemonProcess) throws
  {
    let scratch = try ScratchDirectory()
    self.scratch = scratch
    children = try (0..<count).map { _ in
      try ChildProcess(
        [Self.program, daemon.socket, "load", name, "\(seconds)"], input: pipe, output: Self.output(in: scratch))
    }
  }

  /// What all of them have printed.
  var lines: [String] { FileFacts.text(scratch.file("out")).split(separator: "\n").map(String.init) }

  /// Waits until each has printed a line that begins so.
  func allPrint(_ prefix: String) -> Bool {
    eventually(within: .seconds(20)) { lines.filter { $0.hasPrefix(prefix) }.count == children.count }
  }

  /// Ends all of them without warning, and waits.
  func kill() {
    for child in children { child.kill(SIGKILL) }
    for child in children { _ = child.wait() }
  }

  private static func output(in scratch: ScratchDirectory) throws -> Descriptor {
    try .open(scratch.file("out"), O_WRONLY | O_CREAT | O_APPEND)
  }
}
