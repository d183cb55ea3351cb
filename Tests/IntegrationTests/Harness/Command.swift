import Foundation
import Glibc

/// A command run to its end, its output in files so that it never waits for a reader.
struct Command {
  let ending: ChildProcess.Ending?
  let output: String
  let error: String

  /// Runs `words` with `input` on its standard input; nil: /dev/null.
  init(
    _ words: [String], input: String? = nil, environment: [String: String]? = nil, within limit: Duration = .seconds(20)
  ) throws {
    let scratch = try ScratchDirectory()
    let child = try ChildProcess(
      words, environment: environment, input: input.map { try .open(scratch.write("in", $0), O_RDONLY) },
      output: .open(scratch.file("out"), O_WRONLY | O_CREAT), error: .open(scratch.file("err"), O_WRONLY | O_CREAT))
    ending = child.wait(within: limit)
    output = FileFacts.text(scratch.file("out"))
    error = FileFacts.text(scratch.file("err"))
  }

  /// Where a program of this name is; nil if there is none.
  static func find(_ name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").map(String.init) ?? []
    return folders.map { $0 + "/" + name }.first { access($0, X_OK) == 0 }
  }
}

/// An open file, closed when nobody needs it any more, and not inherited unless it is given.
final class Descriptor: Sendable {
  let number: CInt

  init(_ number: CInt) { self.number = number }

  deinit { close(number) }

  static func open(_ path: String, _ flags: CInt) throws -> Descriptor {
    let number = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw SystemError("cannot open \(path)") }
    return Descriptor(number)
  }

  /// A pipe, by way of a name in `scratch`: so both ends are not inherited from the beginning.
  static func pipe(_ name: String, in scratch: ScratchDirectory) throws -> (reader: Descriptor, writer: Descriptor) {
    let path = scratch.file(name)
    guard mkfifo(path, 0o600) == 0 else { throw SystemError("mkfifo") }
    let reader = try open(path, O_RDONLY | O_NONBLOCK)
    let writer = try open(path, O_WRONLY)
    _ = fcntl(reader.number, F_SETFL, O_RDONLY)
    return (reader, writer)
  }

  /// Writes all of `text`.
  func write(_ text: String) throws {
    var rest = ArraySlice(text.utf8)
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
      guard count > 0 else { throw SystemError("write") }
      rest = rest.dropFirst(count)
    }
  }
}
