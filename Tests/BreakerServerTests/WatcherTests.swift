import BreakerProtocol
import Testing

@testable import BreakerServer

/// What waits for a watcher.
@Suite struct WatcherTests {
  private let line = [UInt8](String(repeating: "x", count: 99).utf8)

  private func watcher() throws -> Watcher {
    Watcher(try #require(Glob("*".utf8)))
  }

  @Test func tellsInOrderAsLongAsItIsFew() throws {
    var watcher = try watcher()
    for slot in 0..<10 { watcher.add(slot: slot, Array("line \(slot)".utf8)) }
    let text = String(decoding: watcher.take(limit: 5) { _ in nil }, as: UTF8.self)
    #expect(text == (0..<10).map { "line \($0)\n" }.joined())
    #expect(!watcher.hasNews)
  }

  @Test func tellsTheNewestOfEveryNameWhenItHasFallenBehind() throws {
    var watcher = try watcher()
    for round in 0..<100 {
      for slot in 0..<1_000 { watcher.add(slot: slot, round == 0 && slot == 0 ? Array("first".utf8) : line) }
    }
    let first = watcher.take(limit: 100) { _ in nil }
    #expect(first.count <= Watcher.lineLimit)
    #expect(first.starts(with: "first\n".utf8))
    var told: [Int] = []
    var text = ""
    while watcher.hasNews {
      let lines = watcher.take(limit: 100) { slot in
        told.append(slot)
        return Array("newest \(slot)".utf8)
      }
      #expect(lines.count < 100 * 100)
      text += String(decoding: lines, as: UTF8.self)
    }
    #expect(Set(told) == Set(0..<1_000))
    #expect(told.count == 1_000)
    let waited = first.split(separator: 10).count
    #expect(text.hasPrefix("> lag skipped=\(100_000 - waited - 1_000)\n"))
  }
}
