import BreakerCore
import Testing

@testable import BreakerServer

@Suite struct PaceTests {
  @Test func letsSomeThroughAtOnceAndThenOneASecond() {
    var pace = Pace()
    var now = Instant(microseconds: 7_000_000)
    func taken(_ tries: Int) -> Int { (0..<tries).count { _ in pace.take(at: now) } }
    #expect(taken(100) == 16)
    now = now + .milliseconds(999)
    #expect(taken(100) == 0)
    now = now + .milliseconds(1)
    #expect(taken(100) == 1)
    now = now + .seconds(5)
    #expect(taken(100) == 5)
    now = now + .seconds(3_600)
    #expect(taken(100) == 16)
  }
}
