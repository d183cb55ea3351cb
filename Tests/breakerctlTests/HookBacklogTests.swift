import BreakerClient
import BreakerProtocol
import Testing

@testable import breakerctl

@Suite struct HookBacklogTests {
  private func transition(_ name: String, _ number: Int) throws -> BreakerTransition {
    try #require(BreakerTransition(Fields("name=\(name) from=closed to=open seq=\(number)")))
  }

  private func takeAll(_ backlog: inout HookBacklog) -> [Int64] {
    var numbers: [Int64] = []
    while let next = backlog.takeFirst() { numbers.append(next.sequence) }
    return numbers
  }

  @Test func aThousandWaitInTheirOrder() throws {
    var backlog = HookBacklog()
    for number in 1...1_000 { backlog.add(try transition("api", number)) }
    #expect(backlog.takeFirst()?.sequence == 1)
    backlog.add(try transition("api", 1_001))
    #expect(takeAll(&backlog) == Array(2...1_001))
    #expect(backlog.takeDropped() == 0)
  }

  @Test func ofMoreTheNewestOfEachBreakerStays() throws {
    var backlog = HookBacklog()
    backlog.add(try transition("once", 1))
    for number in 2...1_000 { backlog.add(try transition("a\(number % 10)", number)) }
    #expect(backlog.takeDropped() == 0)
    backlog.add(try transition("last", 1_001))
    #expect(backlog.takeDropped() == 1_001 - 12 && backlog.takeDropped() == 0)
    #expect(takeAll(&backlog) == [1] + Array(991...1_001))
  }

  /// However many there are.
  @Test func everyBreakersLastTransitionIsHeard() throws {
    var backlog = HookBacklog()
    var number = 0
    for _ in 0..<10 {
      for name in 0..<2_000 {
        number += 1
        backlog.add(try transition("n\(name)", number))
        if number.isMultiple(of: 7) { _ = backlog.takeFirst() }
      }
    }
    var last: [Int64] = takeAll(&backlog).suffix(2_000)
    last.sort()
    #expect(last == Array(Int64(number - 1_999)...Int64(number)))
    backlog.add(try transition("api", number + 1))
    #expect(backlog.removeAll() == 1 && backlog.takeFirst() == nil)
  }
}
