import BreakerClient
import BreakerProtocol
import Testing

@testable import breakerctl

@Suite struct BreakerTransitionTextTests {
  private func transition() throws -> BreakerTransition {
    try #require(BreakerTransition(Fields("name=api from=closed to=open cause=probe_failed seq=9 at=T for_ms=20")))
  }

  @Test func oneLine() throws {
    #expect(try transition().text(color: false) == "T  api  closed -> open  a probe failed, for 20 ms")
    #expect(
      try transition().text(color: true)
        == "T  api  \u{1B}[32mclosed\u{1B}[0m -> \u{1B}[31mopen\u{1B}[0m  a probe failed, for 20 ms")
  }

  @Test func asJSON() throws {
    #expect(
      JSONText.object(try transition().facts)
        == #"{"event":"transition","name":"api","from":"closed","to":"open","cause":"probe_failed","for_ms":20,"#
        + #""seq":9,"at":"T"}"#)
  }
}
