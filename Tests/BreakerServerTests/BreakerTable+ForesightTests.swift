import BreakerCore
import Testing

@testable import BreakerServer

@Suite struct BreakerTableForesightTests {
  private func table(_ count: Int) -> BreakerTable {
    var table = BreakerTable()
    let moment = Moment(now: .zero, nextGeneration: 1, chance: 0)
    for number in 0..<count {
      _ = table.insert { Entry("name-\(number)", slot: $0, following: Policy(), at: moment) }
    }
    return table
  }

  private func foreseen(_ text: String, from start: Int = 0, among count: Int = 2_000) -> Int {
    let table = table(count)
    return Array(text.utf8).withUnsafeBytes { table.foresee($0, from: start) }
  }

  @Test func looksAtWholeLinesAndSixteenAtATime() {
    #expect(foreseen("allow name-1\nreport name-2 ok\nallow na") == 30)
    let lines = (0..<40).map { "allow name-\($0)\n" }
    let text = lines.joined()
    let first = lines.prefix(16).joined().utf8.count
    #expect(foreseen(text) == first)
    #expect(foreseen(text, from: first) == lines.prefix(32).joined().utf8.count)
    #expect(foreseen("allow na") == 0)
  }

  @Test func anythingWillDo() {
    let names = [
      "@", "@ ", "@tag", "@tag ", "@tag allow", "@tag allow ", "", " ", "allow", "allow ", "allow  ", "\u{1F600}",
    ]
    let text = (names + ["allow " + String(repeating: "x", count: 3_000)]).map { $0 + "\n" }.joined()
    #expect(foreseen(text) == text.utf8.count)
  }

  @Test func fewBreakersAreNotLookedFor() {
    let text = String(repeating: "allow name-1\n", count: 100)
    #expect(foreseen(text, among: 10) == text.utf8.count)
  }
}
