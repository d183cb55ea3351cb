import Foundation
import Glibc

/// A process with a client in C that does what it is told; clients/c/tests/puppet.c says what that can be.
final class CPuppet {
  private let child: ChildProcess
  private let input: Descriptor
  private let output: Descriptor
  private let scratch: ScratchDirectory
  private let errors: String

  /// Starts one.
  ///
  /// - Parameter wrapper: What it is run by.
  init(wrapper: ([String]) -> [String] = { $0 }) throws {
    let program = try Self.program.get()
    scratch = try ScratchDirectory()
    errors = scratch.file("err")
    let input = try Descriptor.pipe("in", in: scratch)
    let output = try Descriptor.pipe("out", in: scratch)
    self.input = input.writer
    self.output = output.reader
    child = try ChildProcess(
      wrapper([program.file("puppet")]), input: input.reader, output: output.writer,
      error: .open(errors, O_WRONLY | O_CREAT))
  }

  /// Starts one, and makes its client, with a deadline that also a busy machine keeps.
  convenience init(
    _ daemon: DaemonProcess, _ options: String = "", deadline: Int = 10_000,
    wrapper: ([String]) -> [String] = { $0 }
  ) throws {
    try self.init(wrapper: wrapper)
    try tell("new socket=\(daemon.socket) deadline_ms=\(deadline) \(options)")
  }

  /// Has it obey one command.
  ///
  /// - Returns: Its answer.
  @discardableResult func tell(_ command: String) throws -> String {
    try input.write(command + "\n")
    var line: [UInt8] = []
    var byte: UInt8 = 0
    let deadline = Deadline(in: .seconds(30))
    while true {
      var request = pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, deadline.milliseconds) > 0, read(output.number, &byte, 1) == 1 else {
        let state = child.poll()?.description ?? "runs"
        throw Silent(description: "no answer to \(command): \(state) \(FileFacts.text(errors))")
      }
      if byte == 10 { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
  }

  /// The numbers of an answer.
  func numbers(_ command: String) throws -> [String: Int] { try fields(tell(command)).compactMapValues { Int($0) } }

  /// Ends it, and returns whether it had nothing to complain of; the sanitizers complain of what it did wrong.
  func end() throws -> Bool {
    try input.write("exit\n")
    return child.wait() == .exit(0) && FileFacts.text(errors).isEmpty
  }

  /// It did not answer.
  struct Silent: Error, CustomStringConvertible {
    let description: String
  }

  /// The built program, with the sanitizers if the compiler has them.
  private static let program = Result { () throws -> ScratchDirectory in
    let scratch = try ScratchDirectory()
    chmod(scratch.path, 0o755)
    let warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    let compile = ["cc", "-std=c11", "-g", "-O1", "-o", scratch.file("puppet")] + warnings
    let sources = ["tests/puppet.c", "breakerd.c"].map { CPuppet.folder.appending(path: $0).path }
    let sanitized = try Command(compile + ["-fsanitize=address,undefined"] + sources, within: .seconds(60))
    guard sanitized.ending != .exit(0) else { return scratch }
    let plain = try Command(compile + sources, within: .seconds(60))
    guard plain.ending == .exit(0) else { throw Silent(description: plain.error) }
    return scratch
  }

  /// clients/c.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "clients/c")
}
