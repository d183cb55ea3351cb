import BreakerClient
import BreakerProtocol
import Testing

@testable import breakerctl

@Suite struct HookEnvironmentTests {
  @Test func tellsTheTransitionAndNothingOfAnEarlierOne() throws {
    let fields = Fields(
      "name=api from=closed to=open cause=failure_rate seq=7 at=T calls=20 threshold=50%25 odd-key=a=b")
    let transition = try #require(BreakerTransition(fields))
    let variables = HookEnvironment.variables(
      for: transition, in: ["PATH=/bin", "BREAKER_RUN=5", "BREAKERD_SOCKET=/s"])
    #expect(
      variables == [
        "PATH=/bin", "BREAKERD_SOCKET=/s", "BREAKER_NAME=api", "BREAKER_FROM=closed", "BREAKER_TO=open",
        "BREAKER_CAUSE=failure_rate", "BREAKER_SEQ=7", "BREAKER_AT=T", "BREAKER_CALLS=20", "BREAKER_THRESHOLD=50%",
        "BREAKER_ODD_KEY=a=b",
      ])
  }

  @Test func aFigureTakesNoFixedPlace() throws {
    let transition = try #require(BreakerTransition(Fields("name=api from=closed to=open NAME=other")))
    let variables = HookEnvironment.variables(for: transition, in: [])
    #expect(variables.filter { $0.hasPrefix("BREAKER_NAME=") } == ["BREAKER_NAME=api"])
  }
}
