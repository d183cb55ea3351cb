import BreakerCore
import Testing

@testable import BreakerReplay

/// What is said of a whole trace.
@Suite struct SummaryTests {
  private func text(_ trace: String, _ settings: [String] = [], _ style: SummaryStyle = SummaryStyle(width: 50)) throws
    -> [String]
  {
    try Lines(trace, settings).summary.text(style).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  @Test func anOutageInATraceOfCalls() throws {
    let rows = (0..<100).map { "\($0 * 1000),\((20..<50).contains($0) ? "fail" : "ok")" }
    let settings = ["open.duration=10s", "open.backoff=1", "trip.consecutive_failures=3"]
    #expect(
      try text(rows.joined(separator: "\n"), settings)
        == [
          "100 calls in 1m 39s: 73 let through, of which 5 failed.",
          "It would have opened 3 times and been open for 30s in all.",
          "It would have refused 27 calls: 25 rightly (they failed), 2 wrongly (they succeeded).",
          "",
          "OPENED AT  CLOSED AFTER  REOPENED  REFUSED  CAUSE",
          "22s        30s           2         27       consecutive failures (run 3, threshold 3)",
          "",
          "calls          ###########+##########+###########",
          "failed               -+  -   -",
          "refused               -##++##+##+",
          "closed         #######=         .################",
          "open                  =#########%",
          "               0s                          1m 39s",
          "",
        ])
  }

  @Test func aCallThatWasRefusedIsJudgedWhenItEnds() throws {
    let trace = """
      {"t":0,"do":"force-open"}
      {"t":1,"do":"begin","id":1}
      {"t":1,"do":"begin","id":2}
      {"t":1,"do":"begin","id":3}
      {"t":1,"do":"begin","id":4}
      {"t":2,"do":"end","id":1,"out":"ok"}
      {"t":2,"do":"end","id":2,"out":"fail"}
      {"t":2,"do":"end","id":2,"out":"fail"}
      {"t":2,"do":"end","id":3,"out":"ignore"}
      {"t":3,"do":"release"}
      {"t":4,"do":"begin","id":5}
      {"t":5,"do":"report","out":"fail"}
      """
    let lines = try text(trace)
    #expect(
      lines.prefix(3) == [
        "5 calls in 5ms: 1 let through, of which 1 failed.", "It would have opened once and been open for 0s in all.",
        "It would have refused 4 calls: 1 rightly (they failed), 1 wrongly (they succeeded), 1 "
          + "ignored, 1 of which the trace has no outcome.",
      ])
    #expect(lines.contains("5ms        not yet       0         0        probe failed"))
  }

  @Test func whatObserveWouldHaveDone() throws {
    let trace = #"{"t":0,"do":"observe"}"# + "\n" + #"{"t":1,"do":"call","out":"fail","n":9}"#
    #expect(
      try text(trace).prefix(3) == [
        "9 calls in 1ms: 9 let through, of which 9 failed.", "It would never have opened.",
        "Under observe it would have opened once, first at 1ms: consecutive failures (run 5, threshold 5).",
      ])
  }

  @Test func whatTheShadowWouldHaveDone() throws {
    let lines = try text("0,fail\n1,fail\n2,ok\n3,fail\n4,fail", ["shadow.trip.consecutive_failures=2"])
    #expect(
      lines.prefix(3) == [
        "5 calls in 4ms: 5 let through, of which 4 failed.", "It would never have opened.",
        "The shadow would have opened 2 times, first at 1ms: consecutive failures (run 2, threshold 2).",
      ])
  }

  @Test func whatTheShadowSaysOfOverdueCallsIsSaidOfTheirTime() throws {
    let trace = """
      {"t":0,"do":"begin","id":"a"}
      {"t":200,"do":"begin","id":"b"}
      {"t":900,"do":"peek"}
      """
    let lines = try text(trace, ["overdue=300ms", "shadow.trip.failures=1", "shadow.trip.window.time=100ms"])
    #expect(
      lines.contains(
        "The shadow would have opened 2 times, first at 300ms: failures (window_failures 1, threshold 1)."),
      "\(lines)")
  }

  @Test func aReportWithoutATokenIsTheEndOfACallThatIsKnown() throws {
    let trace = """
      {"t":0,"do":"begin","id":"a"}
      {"t":10,"do":"report","out":"fail"}
      {"t":20,"do":"report","out":"ok"}
      """
    let first = try text(trace, ["overdue=5s"]).prefix(2)
    #expect(first.joined(separator: " ").hasPrefix("1 call in 20ms: 1 let through, of which 1 failed."), "\(first)")
    #expect(first.joined().contains("1 report"), "\(first)")
  }

  @Test func aTraceWithoutStepsAndOneWithoutLength() throws {
    #expect(try text("# nothing") == ["The trace has no steps.", ""])
    #expect(
      try text("0,ok") == ["1 call in 0s: 1 let through, of which 0 failed.", "It would never have opened.", ""])
  }

  @Test func onlySoManyOutagesAreListed() throws {
    let rows = (0..<30).flatMap { ["\($0 * 3_000),fail", "\($0 * 3_000 + 1_000),ok"] }
    let settings = ["trip.consecutive_failures=1", "open.duration=1s", "open.backoff=1"]
    let lines = try text(rows.joined(separator: "\n"), settings)
    #expect(lines.count { $0.contains("consecutive failures") } == 20)
    #expect(lines.contains("and 10 more"))
  }

  @Test func timesOfTheClockAreShownAsSuch() throws {
    let lines = try text("1795466645123,fail\n1795466645124,fail", ["trip.consecutive_failures=2"])
    #expect(lines.contains { $0.hasPrefix("2026-11-23 20:44:05.124  not yet ") })
    for (instant, shown) in [
      (1_582_934_400_000_000, "2020-02-29 00:00:00.000"), (1_609_459_199_999_000, "2020-12-31 23:59:59.999"),
      (4_107_542_400_000_000, "2100-03-01 00:00:00.000"), (1_500, "1.5ms"), (90_061_000_000, "1d 1h"),
    ] as [(Int64, String)] {
      #expect(Instant(microseconds: instant).readable == shown)
    }
  }

  @Test func blocksAndColours() throws {
    let style = SummaryStyle(width: 40, hasBlocks: true, hasColours: true)
    let lines = try text("0,ok\n1000,fail\n2000,ok", ["trip.consecutive_failures=1", "open.duration=500ms"], style)
    #expect(
      lines.suffix(7) == [
        "calls          █           █          █", "failed                     █",
        "closed         \u{1B}[32m████████████▁\u{1B}[0m", "open           \u{1B}[31m            ██████\u{1B}[0m",
        "half-open      \u{1B}[33m                 ▁██████\u{1B}[0m", "               0s                    2s", "",
      ])
  }

  @Test func aTimelineTakesTheSameRoomHoweverLongItGetsAndLosesNothing() throws {
    var timeline = Timeline(from: Instant(microseconds: 5))
    var now: Int64 = 5
    var (calls, spent) = (0, [Int64](repeating: 0, count: 8))
    for step in 0..<20_000 {
      let length = Int64(step) * Int64(step) % 7_919 * (step > 10_000 ? 1_000 : 1)
      let state = State.allCases[step % State.allCases.count]
      now += length
      spent[Int(state.rawValue)] += length
      timeline.spend(until: Instant(microseconds: now), in: state)
      timeline.count(step % 3, failed: 1)
      calls += step % 3
    }
    #expect(timeline.slotCount <= 4_096)
    for count in [1, 10, 66] {
      let columns = timeline.columns(count)
      #expect(columns.count == count)
      #expect(columns.reduce(0) { $0 + $1.calls } == calls && columns.reduce(0) { $0 + $1.failed } == 20_000)
      for index in spent.indices { #expect(columns.reduce(0) { $0 + $1.time[index] } == spent[index]) }
    }
  }

  @Test func aColumnShowsWhatHappenedInItsTime() {
    var timeline = Timeline(from: .zero)
    for second in 0..<100 {
      timeline.spend(
        until: Instant(microseconds: Int64(second) * 1_000_000 + 500_000), in: second < 50 ? .closed : .open)
      timeline.count(second < 50 ? 1 : 0, refused: second < 50 ? 0 : 1)
    }
    timeline.spend(until: Instant(microseconds: 100_000_000), in: .open)
    let columns = timeline.columns(10)
    #expect(columns.prefix(5).allSatisfy { $0.calls == 10 && $0.refused == 0 })
    #expect(columns.suffix(5).allSatisfy { $0.calls == 0 && $0.refused == 10 })
    #expect(columns.allSatisfy { abs($0.time.wrappedSum() - 10_000_000) < 50_000 })
  }
}
