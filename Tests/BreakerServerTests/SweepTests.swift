import BreakerCore
import BreakerStore
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import BreakerServer

/// Rows of which only counters have changed.
@Suite struct SweepTests {
  @Test func goIntoSmallCommitsThatNobodyWaitsFor() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let journal = Journal(path: directory + "/db", lock: nil, eventLoop: loop)
    let turns = try await TurnQueue.start(on: loop)
    let engine = try await loop.submit {
      let facts = ServerFacts(
        version: "", epoch: "", socket: "", adminSocket: "", backups: directory, uid: 0, startedAt: 0)
      let engine = try Engine(
        limits: EngineLimits(), about: facts, defaults: TestPolicies.settings([]), log: Logger(label: "test"),
        sink: LogSink(level: .critical, prefixesPriority: false), eventLoop: loop, turns: turns.value,
        journal: journal)
      engine.openStore {}
      return NIOLoopBound(engine, eventLoop: loop)
    }.get()
    try await eventually { try await loop.submit { engine.value.durability.isLoaded }.get() }
    let count = 3_000
    try await loop.submit {
      for number in 0..<count {
        let entry = Array("n\(number)".utf8).withUnsafeBytes { engine.value.entry(creating: $0) }
        if let entry { engine.value.counted(entry) }
      }
      engine.value.sweep()
    }.get()
    let decision = try await loop.submit { engine.value.durability.decision }.get()
    var mostWaiting: UInt64 = 0
    try await eventually {
      let (waiting, isOver) = try await loop.submit {
        (engine.value.durability.waiting, engine.value.durability.sweep == nil)
      }.get()
      mostWaiting = max(mostWaiting, waiting)
      return isOver && waiting == 0
    }
    #expect((1...256).contains(mostWaiting), "\(mostWaiting)")
    #expect(try await loop.submit { engine.value.durability.decision }.get() == decision)
    journal.close()
    try await eventually { journal.isClosed }
    var kept = 0
    _ = try Store(path: directory + "/db").load { _ in kept += 1 }
    #expect(kept == count)
  }

  private func eventually(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<5_000 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record("it takes too long")
  }
}
