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

  /// Each transition is told, or counted as skipped; also of what is forgotten, and of what has no history.
  @Test func countsEachTransitionThatIsNotTold() throws {
    var watcher = try watcher()
    var lines = 0
    for slot in 0..<2_000 {
      watcher.add(slot: slot, line)
      watcher.add(slot: slot, line)
      lines += 2
    }
    let inOrder = watcher.take(limit: 100) { _ in nil }.split(separator: 10).count
    // One of which the order is lost, and one that is told in order.
    for slot in [1_999, 0] { watcher.remove(slot: slot, Array("> forgotten \(slot)".utf8)) }
    var told: [String] = []
    while watcher.hasNews {
      let news = watcher.take(limit: 100) { $0.isMultiple(of: 7) ? nil : Array("> transition \($0)".utf8) }
      told += news.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    }
    let skipped = told.compactMap { $0.hasPrefix("> lag skipped=") ? Int($0.dropFirst(14)) : nil }.reduce(0, +)
    let transitions = told.count { $0.hasPrefix("> transition ") }
    #expect(inOrder + transitions + skipped == lines)
    #expect(Array(told[1...2]) == ["> forgotten 1999", "> forgotten 0"])
    #expect(!told.contains("> transition 1999"))
  }

  @Test func saysThatMoreWereForgottenThanItCanTell() throws {
    var watcher = try watcher()
    for slot in 0..<2_000 { watcher.remove(slot: slot, line) }
    let inOrder = watcher.take(limit: 100) { _ in nil }.split(separator: 10)
    let later = watcher.take(limit: 100) { _ in nil }.split(separator: 10)
    #expect(inOrder.count + later.count - 1 < 2_000)
    #expect(inOrder.count == Watcher.lineLimit / (line.count + 1))
    #expect(String(decoding: later.first ?? [], as: UTF8.self) == "> lag skipped=0 list=again")
    #expect(!watcher.hasNews)
    watcher.add(slot: 1, Array("next".utf8))
    #expect(watcher.take(limit: 100) { _ in nil } == Array("next\n".utf8))
  }
}
