import BreakerProtocol
import Glibc

/// A process that was started here: told things by its standard input, heard by its standard output, and asked to end by
/// the end of its input.
struct ChildProcess: Sendable {
  /// What it is, for messages.
  let role: String
  /// The lines that it writes; they end when the process has. To be read by one task at a time.
  let lines: AsyncStream<String>
  private let life: ChildLife

  var pid: pid_t { life.pid }
  var hasEnded: Bool { life.hasEnded }

  /// Starts a program.
  ///
  /// - Throws: ``DemoError``, if that is not possible.
  init(_ role: String, _ path: String, _ arguments: [String]) throws(DemoError) {
    guard Executable.isThere(path) else { throw .noProgram(path) }
    let input = try Pipe()
    let output = try Pipe()
    defer {
      close(input.reader)
      close(output.writer)
    }
    do {
      let pid = try Spawn.start(path, arguments, input: input.reader, output: output.writer)
      life = ChildLife(pid: pid, input: input.writer)
    } catch {
      close(input.writer)
      close(output.reader)
      throw error
    }
    self.role = role
    lines = Lines.read(from: output.reader) { [life] in
      close(output.reader)
      life.awaitEnd()
    }
  }

  /// The next line that it writes, as fields.
  ///
  /// - Throws: ``DemoError/childFailed(_:)``, if it ends instead; `CancellationError`.
  func nextLine() async throws -> Fields {
    for await line in lines { return Fields(line) }
    try Task.checkCancellation()
    throw DemoError.childFailed(role)
  }

  /// Writes a line to its standard input.
  ///
  /// - Throws: ``DemoError/childFailed(_:)``, if it has ended.
  func tell(_ line: String) throws(DemoError) {
    guard life.tell(line) else { throw .childFailed(role) }
  }

  /// Asks it to end.
  func closeInput() { life.closeInput() }

  /// Ends it: by the end of its input, failing that by SIGTERM, then by SIGKILL. Returns when it is gone.
  ///
  /// - Parameter grace: How long each may take.
  func end(grace: Duration) async {
    closeInput()
    guard await !hasEnded(within: grace) else { return }
    await terminate(grace: grace)
  }

  /// Ends it: by SIGTERM, failing that by SIGKILL. Returns when it is gone.
  ///
  /// - Parameter grace: How long each may take.
  func terminate(grace: Duration) async {
    for number in [SIGTERM, SIGKILL] {
      life.signal(number)
      guard await !hasEnded(within: grace) else { return }
    }
  }

  private func hasEnded(within time: Duration) async -> Bool {
    let end = ContinuousClock.now + time
    while !life.hasEnded, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(5)) }
    return life.hasEnded
  }
}
