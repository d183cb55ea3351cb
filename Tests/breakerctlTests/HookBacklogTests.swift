import BreakerClient
import BreakerProtocol
import Testing

@testable import breakerctl

@Suite struct HookBacklogTests {
  private func transition(_ number: Int) throws -> BreakerTransition {
    try #require(BreakerTransition(Fields("name=api from=closed to=open seq=\(number)")))
  }

  @Test func keepsTheOldestInOrderAndCountsTheRest() throws {
    var backlog = HookBacklog()
    for number in 1...1_005 { backlog.add(try transition(number)) }
    #expect(backlog.takeDropped() == 5 && backlog.takeDropped() == 0)
    #expect(backlog.takeFirst()?.sequence == 1 && backlog.takeFirst()?.sequence == 2)
    backlog.add(try transition(2_000))
    #expect(backlog.takeDropped() == 0 && backlog.removeAll() == 999)
    #expect(backlog.takeFirst() == nil)
  }
}
