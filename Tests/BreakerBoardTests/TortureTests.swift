import Foundation
import Synchronization
import Testing

@testable import board_torture

/// Writers are killed at random points, while this process and others read: one of this library, and the client in C.
@Suite struct TortureTests {
  /// How many writers are killed: 50, or as many as BREAKERD_KILLS says.
  private static let kills = ProcessInfo.processInfo.environment["BREAKERD_KILLS"].flatMap { Int($0) } ?? 50

  @Test func noWordIsTornAndNoOldFileAllowsWhateverTheWriterDiesOf() throws {
    let scratch = try Scratch()
    let progress = try Progress(path: scratch["progress"])
    let others = [
      try Self.start(Self.tool, ["read"], scratch), try Self.start(try Self.buildReaderInC(scratch), [], scratch),
    ]
    let own = Mutex("")
    let reading = Thread { [path = scratch.board] in
      let seen = TortureReader(path: path, progress: progress).run()
      own.withLock { $0 = "\(seen)" }
    }
    reading.start()
    for _ in 0..<Self.kills {
      let writer = try Self.start(Self.tool, ["write"], scratch)
      // A start takes some of it.
      usleep(.random(in: 0..<50_000))
      kill(writer.processIdentifier, SIGKILL)
      writer.waitUntilExit()
      #expect(writer.terminationReason == .uncaughtSignal && writer.terminationStatus == SIGKILL)
    }
    progress.isOver = true
    var reports: [String] = []
    for other in others {
      let output = other.standardOutput as? Pipe
      reports.append(String(decoding: output?.fileHandleForReading.readDataToEndOfFile() ?? Data(), as: UTF8.self))
      other.waitUntilExit()
      #expect(other.terminationReason == .exit && other.terminationStatus == 0)
    }
    while !reading.isFinished { usleep(1_000) }
    for report in reports + [own.withLock { $0 }] {
      let words = report.split { " \n".contains($0) }.map { $0.split(separator: "=") }
      let numbers = words.compactMap { $0.count == 2 ? Int($0[1]) : nil }
      #expect(numbers.count == 3 && numbers.allSatisfy { $0 > 0 }, "\(report)")
    }
    #expect(progress[0] > 0)
  }

  /// The program that is built beside the tests.
  private static let tool = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "board-torture")

  private static func start(_ program: URL, _ what: [String], _ scratch: Scratch) throws -> Process {
    let process = Process()
    process.executableURL = program
    process.arguments = what + [scratch.board, scratch["progress"]]
    process.standardOutput = Pipe()
    try process.run()
    return process
  }

  private static func buildReaderInC(_ scratch: Scratch) throws -> URL {
    let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "clients/c/tests/torture.c")
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = ["cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", scratch["reader"], source.path]
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    return URL(filePath: scratch["reader"])
  }
}
