import Foundation
import Glibc

/// The built breakerctl, used against one daemon.
struct ControlTool {
  /// The program, which lies beside the daemon's.
  static let program = URL(fileURLWithPath: DaemonProcess.program).deletingLastPathComponent()
    .appendingPathComponent("breakerctl").path

  let socket: String

  init(_ daemon: DaemonProcess) { socket = daemon.adminSocket }

  init(socket: String) { self.socket = socket }

  /// Runs it to its end.
  func callAsFunction(_ words: String...) throws -> Command { try Command(command(words)) }

  /// The command of these words.
  func command(_ words: [String]) -> [String] { [Self.program, "--socket", socket] + words }
}

/// A breakerctl that runs beside the test, its output in files.
final class RunningTool: Sendable {
  let child: ChildProcess
  private let scratch: ScratchDirectory

  init(_ tool: ControlTool, _ words: String...) throws {
    scratch = try ScratchDirectory()
    child = try ChildProcess(
      tool.command(words), output: .open(scratch.file("out"), O_WRONLY | O_CREAT),
      error: .open(scratch.file("err"), O_WRONLY | O_CREAT))
  }

  var output: String { FileFacts.text(scratch.file("out")) }
  var error: String { FileFacts.text(scratch.file("err")) }
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// Waits until it has printed this.
  func prints(_ text: String) -> Bool { eventually(within: .seconds(20)) { output.contains(text) } }

  /// Waits until it has complained of this.
  func complains(_ text: String) -> Bool { eventually(within: .seconds(20)) { error.contains(text) } }
}

extension Command {
  /// Its output, read as JSON.
  var json: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed) }
  /// That, if it is an object.
  var object: [String: Any] { json as? [String: Any] ?? [:] }
  /// That, if it is an array of objects.
  var objects: [[String: Any]] { json as? [[String: Any]] ?? [] }
}

/// Whether there is a process of this number that has not ended.
func isRunning(_ pid: pid_t) -> Bool {
  let state = FileFacts.text("/proc/\(pid)/stat").drop { $0 != ")" }.dropFirst(2).first
  return state != nil && state != "Z"
}
