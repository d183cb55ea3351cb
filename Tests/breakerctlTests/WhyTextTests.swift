import BreakerProtocol
import Testing

@testable import breakerctl

@Suite struct WhyTextTests {
  private static let head = "name=api state=open retry_ms=1715 openings_in_a_row=2 permits_out=0 lapses_in_a_row=3"
  private static let move =
    "at=2026-11-23T15:04:05.123Z from=closed to=open cause=consecutive_failures run=5 threshold=5"
  private static let failure = "event=failure at=2026-11-23T15:04:05.123Z age_ms=1026 pid=15 uid=33 err=timeout"

  private func text(_ rows: [String]) -> WhyText { WhyText(rows.map(Fields.init)) }

  @Test func oneTripIsToldOnce() {
    let text = text([Self.head, "event=trip " + Self.move, "event=latest " + Self.move, Self.failure])
    #expect(
      text.facts.map(\.key)
        == ["name", "state", "next probe", "tripped", "openings in a row", "lapses in a row"])
    #expect(text.facts[2].value == "in 1.8 s")
    #expect(text.facts[3].value.hasSuffix(":05.123, 5 failures in a row (threshold 5)"))
    #expect(text.failures.count == 1)
    #expect(text.failures.first?.dropFirst().map(\.value) == ["1.1 s", "15", "33", "-", "timeout"])
  }

  @Test func aSlowCallIsCalledSlow() {
    let text = text([Self.head, "event=failure at=T age_ms=5 pid=1 uid=2 slow=yes"])
    #expect(text.failures.first?.last?.value == "slow")
    #expect(text.json.contains("\"slow\":\"yes\""))
  }

  @Test(arguments: [
    ("name=a state=open", "not before an admin acts"), ("name=a state=half-open", "now, with the next call"),
    ("name=a state=half-open retry_ms=20", "under way; another in 20 ms at the latest"),
  ])
  func saysWhatComesNext(head: String, next: String) {
    #expect(text([head]).facts.first { $0.key == "next probe" }?.value == next)
  }

  @Test func aLaterMoveAndAHintHaveTheirLines() {
    let rows = [
      Self.head, "hint=lease_shorter_than_call lease_ms=30000 holder_pid=12", "event=trip " + Self.move,
      "event=latest at=2026-11-23T15:05:05.123Z from=half-open to=open cause=probe_failed",
    ]
    let facts = text(rows).facts
    #expect(facts.first { $0.key == "last move" }?.value.hasSuffix(", half-open -> open, a probe failed") == true)
    #expect(
      facts.first { $0.key == "hint" }?.value == "the lease of 30 s seems to be shorter than the call of pid 12")
  }

  @Test func asJSON() {
    let rows = [
      "name=a state=closed", "event=latest at=T from=open to=closed cause=reset", "event=failure at=T pid=1",
    ]
    #expect(
      text(rows).json
        == #"{"name":"a","state":"closed","trip":null,"latest":{"at":"T","from":"open","to":"closed","cause":"reset"},"#
        + #""would_trips":[],"hints":[],"failures":[{"at":"T","pid":1}],"holding":[]}"#)
  }

  @Test func whoHoldsSlotsIsNamed() {
    let rows = [
      "name=a state=closed calls_out=2 limit=2",
      "event=holding at=T age_ms=61000 lease_ms=1500 pid=15 uid=33 client=web connection=7 bound=yes token=9.1",
      "event=holding at=T age_ms=5 lease_ms=20 pid=16 uid=33 connection=8 gone=yes bound=no probe=yes overdue=yes token=9.2",
    ]
    let text = text(rows)
    #expect(text.facts.first { $0.key == "calls under way" }?.value == "2 of 2")
    #expect(
      text.holders.map { $0.map(\.value) } == [
        ["T", "1 min 1 s", "1.5 s", "15", "33", "web", "9.1", "-"],
        ["T", "5 ms", "20 ms", "16", "33", "-", "9.2", "probe, overdue, connection gone"],
      ])
    #expect(text.json.contains(#""holding":[{"at":"T","age_ms":61000,"#))
    #expect(!self.text(["name=a state=closed calls_out=0"]).facts.contains { $0.key == "calls under way" })
  }
}
