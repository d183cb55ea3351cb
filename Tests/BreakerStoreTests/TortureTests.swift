import BreakerStore
import Foundation
import TestSupport
import Testing

/// What another process had committed when it ended, however it ended.
@Suite struct TortureTests {
  @Test func whatWasCommittedSurvivesAKill() throws {
    let scratch = try Scratch()
    var random = SplitMix64(seed: 7)
    for _ in 0..<20 {
      let run = try Torture("commit", scratch.database)
      let last = try #require(run.killed(after: Int.random(in: 1...80, using: &random)).last.flatMap { Int64($0) })
      try expectKept(last, scratch)
    }
  }

  @Test(arguments: [150_000, 400_000, 1_000_000])
  func aFullDiskLosesNothingAndHeals(_ bytes: Int) throws {
    let scratch = try Scratch()
    let run = try Torture("limited", scratch.database, "\(bytes)")
    let lines = run.finished()
    #expect(run.code == 0)
    #expect(lines.dropLast().last == "full")
    let last = try #require(lines.last.flatMap { Int64($0) })
    #expect(last == Int64(lines.count) - 1)
    try expectKept(last, scratch)
  }

  /// Expects all of the last batch, or all of the one after it, which may have been kept without a word.
  private func expectKept(_ last: Int64, _ scratch: Scratch) throws {
    let store = try Store(path: scratch.database)
    let kept = store.counters.sequence
    #expect(kept == last || kept == last + 1)
    let rows = try store.all()
    #expect(rows.count == 50)
    #expect(rows.allSatisfy { $0.generation == kept && $0.sinceWall == kept })
    #expect(try store.newestEvent() == kept * 2 + 1)
  }
}
