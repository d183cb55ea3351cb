import BreakerCore
import BreakerStore
import Foundation
import Testing

@testable import BreakerServer

/// Rows of which only counters have changed.
@Suite struct SweepTests {
  @Test func goIntoSmallCommitsThatNobodyWaitsFor() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let count = 3_000
    try await TestEngine.run(path: directory + "/db") { engine in
      try await engine.on { $0.openStore {} }
      try await Self.eventually { try await engine.on { $0.durability.isLoaded } }
      var mostWaiting = try await engine.on { engine in
        for number in 0..<count {
          let entry = Array("n\(number)".utf8).withUnsafeBytes { engine.entry(creating: $0, for: nil) }
          if let entry { engine.counted(entry) }
        }
        engine.sweep()
        return engine.durability.waiting
      }
      let decision = try await engine.on { $0.durability.decision }
      try await Self.eventually {
        let (waiting, isOver) = try await engine.on { ($0.durability.waiting, $0.durability.sweep == nil) }
        mostWaiting = max(mostWaiting, waiting)
        return isOver && waiting == 0
      }
      #expect((1...256).contains(mostWaiting), "\(mostWaiting)")
      #expect(try await engine.on { $0.durability.decision } == decision)
      let journal = try await engine.on { engine in
        engine.journal.close()
        return engine.journal
      }
      try await Self.eventually { journal.isClosed }
    }
    var kept = 0
    _ = try Store(path: directory + "/db").load { _ in kept += 1 }
    #expect(kept == count)
  }

  private static func eventually(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<5_000 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record("it takes too long")
  }
}
