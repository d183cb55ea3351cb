import Foundation
import Synchronization
import Testing

@testable import board_torture

/// Writers are killed at random points, while this process and another read.
@Suite struct TortureTests {
  /// How many writers are killed: 50, or as many as BREAKERD_KILLS says.
  private static let kills = ProcessInfo.processInfo.environment["BREAKERD_KILLS"].flatMap { Int($0) } ?? 50

  @Test func noWordIsTornAndNoOldFileAllowsWhateverTheWriterDiesOf() throws {
    let scratch = try Scratch()
    let progress = try Progress(path: scratch["progress"])
    let other = try Self.start("read", scratch)
    let output = other.standardOutput as? Pipe
    let own = Mutex("")
    let reading = Thread { [path = scratch.board] in
      let seen = TortureReader(path: path, progress: progress).run()
      own.withLock { $0 = "\(seen)" }
    }
    reading.start()
    for _ in 0..<Self.kills {
      let writer = try Self.start("write", scratch)
      // A start takes some of it.
      usleep(.random(in: 0..<50_000))
      kill(writer.processIdentifier, SIGKILL)
      writer.waitUntilExit()
      #expect(writer.terminationReason == .uncaughtSignal && writer.terminationStatus == SIGKILL)
    }
    progress.isOver = true
    let printed = output?.fileHandleForReading.readDataToEndOfFile() ?? Data()
    other.waitUntilExit()
    #expect(other.terminationReason == .exit && other.terminationStatus == 0)
    while !reading.isFinished { usleep(1_000) }
    for report in [String(decoding: printed, as: UTF8.self), own.withLock { $0 }] {
      let words = report.split { " \n".contains($0) }.map { $0.split(separator: "=") }
      let numbers = words.compactMap { $0.count == 2 ? Int($0[1]) : nil }
      #expect(numbers.count == 3 && numbers.allSatisfy { $0 > 0 }, "\(report)")
    }
    #expect(progress[0] > 0)
  }

  private static func start(_ what: String, _ scratch: Scratch) throws -> Process {
    // It is built beside the tests.
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let process = Process()
    process.executableURL = URL(filePath: tests).deletingLastPathComponent().appending(path: "board-torture")
    process.arguments = [what, scratch.board, scratch["progress"]]
    process.standardOutput = Pipe()
    try process.run()
    return process
  }
}
