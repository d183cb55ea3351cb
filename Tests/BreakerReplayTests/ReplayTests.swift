import Testing

@testable import BreakerReplay

/// Whole traces with the exact lines that they give. The built-in policy: five failures in a row open it for 5 s, then
/// 10 s and so on, one probe with a lease of 30 s closes it.
@Suite struct ReplayTests {
  @Test func anOpeningItsProbeAndItsEnd() throws {
    let run = try Lines(
      """
      {"t":0,"do":"call","out":"fail","n":4}
      {"t":0,"do":"call","out":"fail"}
      {"t":0,"do":"call","out":"ok"}
      {"t":4999.999,"do":"peek"}
      {"t":5000,"do":"peek"}
      {"t":5000,"do":"begin","id":"a"}
      {"t":5000,"do":"call","out":"ok","n":3}
      {"t":5001,"do":"end","id":"a","out":"ok"}
      {"t":5001,"do":"end","id":"a","out":"fail"}
      """)
    #expect(
      run == [
        line("0", .allow, "closed", 1, 4, 4), line("0", .allow, "open", 2, retry: 5000),
        line("0", .deny, "open", 2, retry: 5000), line("4999.999", .none, "open", 2, retry: 1),
        line("5000", .none, "half-open", 3), line("5000", .allow, "half-open", 3),
        line("5000", .deny, "half-open", 3, retry: 30000), line("5001", .none, "closed", 4),
        line("5001", .none, "closed", 4),
      ])
  }

  @Test func severalCallsOfOneLineAskEachForItself() throws {
    let run = try Lines(
      """
      {"t":0,"do":"call","out":"fail","n":7}
      {"t":5000,"do":"call","out":"ok","n":3}
      {"t":5000,"do":"call","out":"fail","n":6}
      """)
    // The fifth opens, two are refused. The probe closes, two more pass. Then again, in a row for the second time.
    #expect(
      run == [
        line("0", .deny, "open", 2, retry: 5000), line("5000", .allow, "closed", 4, 2),
        line("5000", .deny, "open", 5, retry: 10000),
      ])
  }

  @Test func aTokenIsStaleAfterAMoveAndCountsAsOftenAsItIsReportedBefore() throws {
    let run = try Lines(
      """
      {"t":0,"do":"begin","id":"a"}
      {"t":1,"do":"begin","id":"b"}
      {"t":2,"do":"end","id":"a","out":"fail"}
      {"t":3,"do":"end","id":"a","out":"fail"}
      {"t":4,"do":"reset"}
      {"t":5,"do":"end","id":"a","out":"fail"}
      {"t":6,"do":"end","id":"b","out":"fail"}
      {"t":7,"do":"end","id":"nobody","out":"fail"}
      """)
    #expect(
      run == [
        line("0", .allow, "closed", 1), line("1", .allow, "closed", 1), line("2", .none, "closed", 1, 1, 1),
        line("3", .none, "closed", 1, 2, 2), line("4", .none, "closed", 2), line("5", .none, "closed", 2),
        line("6", .none, "closed", 2), line("7", .none, "closed", 2),
      ])
  }

  @Test func aNameThatBeginsAgainStandsForTheNewerCall() throws {
    let run = try Lines(
      """
      {"t":0,"do":"force-open"}
      {"t":1,"do":"begin","id":"a"}
      {"t":2,"do":"reset"}
      {"t":3,"do":"end","id":"a","out":"fail"}
      {"t":4,"do":"begin","id":"a"}
      {"t":5,"do":"end","id":"a","out":"fail"}
      """)
    #expect(
      run == [
        line("0", .none, "forced-open", 2), line("1", .deny, "forced-open", 2), line("2", .none, "closed", 3),
        line("3", .none, "closed", 3), line("4", .allow, "closed", 3), line("5", .none, "closed", 3, 1, 1),
      ])
  }

  @Test func aProbeGoesBackWithItsConnectionAndItsReportIsStaleThen() throws {
    let run = try Lines(
      """
      {"t":0,"do":"call","out":"fail","n":5}
      {"t":5000,"do":"begin","id":"a","conn":"web-1"}
      {"t":5001,"do":"drop","conn":"web-2"}
      {"t":5001,"do":"begin","id":"b","conn":"web-2"}
      {"t":5002,"do":"drop","conn":"web-1"}
      {"t":5003,"do":"begin","id":"c","conn":"web-2"}
      {"t":5004,"do":"end","id":"a","out":"fail"}
      {"t":5005,"do":"report","out":"fail","conn":"web-1"}
      {"t":5006,"do":"report","out":"ok","conn":"web-2"}
      """)
    #expect(
      run == [
        line("0", .allow, "open", 2, retry: 5000), line("5000", .allow, "half-open", 3),
        line("5001", .none, "half-open", 3), line("5001", .deny, "half-open", 3, retry: 29999),
        line("5002", .none, "half-open", 3), line("5003", .allow, "half-open", 3), line("5004", .none, "half-open", 3),
        line("5005", .none, "half-open", 3), line("5006", .none, "closed", 4),
      ])
  }

  @Test func aReportWithoutTokenSettlesTheOldestProbeOfItsConnection() throws {
    let run = try Lines(
      """
      {"t":0,"do":"call","out":"fail","n":5}
      {"t":1,"do":"report","out":"ok"}
      {"t":5000,"do":"begin","id":"a"}
      {"t":5000,"do":"begin","id":"b"}
      {"t":5000,"do":"begin","id":"c","conn":1}
      {"t":5001,"do":"report","out":"ok","n":2}
      {"t":5002,"do":"report","out":"ok"}
      {"t":5003,"do":"end","id":"a","out":"fail"}
      {"t":5004,"do":"report","out":"ok","conn":1}
      {"t":5005,"do":"end","id":"b","out":"ok"}
      {"t":5006,"do":"report","out":"ok","n":3,"conn":1}
      {"t":5007,"do":"report","out":"ignore"}
      """, ["half_open.probes=3", "half_open.successes=3"])
    #expect(
      run == [
        line("0", .allow, "open", 2, retry: 5000), line("1", .none, "open", 2, retry: 4999),
        line("5000", .allow, "half-open", 3), line("5000", .allow, "half-open", 3),
        line("5000", .allow, "half-open", 3), line("5001", .none, "half-open", 3),
        line("5002", .none, "half-open", 3, 1), line("5003", .none, "half-open", 3, 1),
        line("5004", .none, "half-open", 3, 2), line("5005", .none, "closed", 4), line("5006", .none, "closed", 4, 3),
        line("5007", .none, "closed", 4, 3),
      ])
  }

  @Test func deadlinesHappenAtTheirOwnTimeBetweenTwoSteps() throws {
    // Opened at 0, half-open at 5 s, a probe at 6 s whose lease ends at 36 s: open for 10 s from there.
    let run = try Lines(
      """
      {"t":0,"do":"call","out":"fail","n":5}
      {"t":6000,"do":"begin","id":"a"}
      {"t":45999.999,"do":"peek"}
      {"t":46000,"do":"call","out":"ok"}
      {"t":46000,"do":"end","id":"a","out":"fail"}
      """)
    #expect(
      run == [
        line("0", .allow, "open", 2, retry: 5000), line("6000", .allow, "half-open", 3),
        line("45999.999", .none, "open", 4, retry: 1), line("46000", .allow, "closed", 6),
        line("46000", .none, "closed", 6),
      ])
  }

  @Test func aForceThatEndsAndOneThatIsReleased() throws {
    let run = try Lines(
      """
      {"t":0,"do":"force-open","for":"30m"}
      {"t":0.5,"do":"call","out":"ok"}
      {"t":1000,"do":"force-open","for":1000}
      {"t":2000,"do":"peek"}
      {"t":2001,"do":"call","out":"ok"}
      {"t":2001,"do":"force-closed"}
      {"t":2002,"do":"call","out":"fail","n":9}
      {"t":2003,"do":"release"}
      {"t":2003,"do":"release"}
      {"t":2003,"do":"observe","for":"1s"}
      {"t":2004,"do":"call","out":"fail","n":9}
      {"t":3003,"do":"peek"}
      """)
    #expect(
      run == [
        line("0", .none, "forced-open", 2, retry: 1_800_000), line("0.5", .deny, "forced-open", 2, retry: 1_800_000),
        line("1000", .none, "forced-open", 2, retry: 1000), line("2000", .none, "half-open", 3),
        line("2001", .allow, "closed", 4), line("2001", .none, "forced-closed", 5),
        line("2002", .allow, "forced-closed", 5), line("2003", .none, "closed", 6), line("2003", .none, "closed", 6),
        line("2003", .none, "observe", 7), line("2004", .allow, "observe", 7, 9, 9), line("3003", .none, "closed", 8),
      ])
  }

  @Test func aWindowOfTimeSlidesOnTheGridOfTheTracesClock() throws {
    let run = try Lines(
      """
      {"t":999,"do":"call","out":"fail","ms":250}
      {"t":1000,"do":"call","out":"ok","ms":249.999}
      {"t":9999,"do":"peek"}
      {"t":10000,"do":"report","out":"ok","n":40,"age":9000}
      {"t":11000,"do":"peek"}
      {"t":11000,"do":"call","out":"ignore"}
      """, ["trip.failure_rate=60%", "trip.window.time=10s", "trip.window.buckets=10", "trip.slow_call=250ms"])
    #expect(
      run == [
        line("999", .allow, "closed", 1, 1, 1, 1), line("1000", .allow, "closed", 1, 2, 1, 1),
        line("9999", .none, "closed", 1, 2, 1, 1), line("10000", .none, "closed", 1, 41),
        line("11000", .none, "closed", 1), line("11000", .allow, "closed", 1),
      ])
  }

  @Test func openingsHaveNoJitter() throws {
    let run = try Lines(
      """
      {"t":0,"do":"call","out":"fail"}
      {"t":5000,"do":"call","out":"fail"}
      """, ["trip.consecutive_failures=1", "open.jitter=100%"])
    #expect(run == [line("0", .allow, "open", 2, retry: 5000), line("5000", .allow, "open", 4, retry: 10000)])
  }

  @Test func anOpenBreakerWithoutRetryTimeSaysNull() throws {
    let run = try Lines(#"{"t":0,"do":"call","out":"fail","n":6}"#, ["recovery=manual"])
    #expect(run == [line("0", .deny, "open", 2)])
  }

  @Test func rowsAreCalls() throws {
    let run = try Lines("time_ms,outcome,duration_ms\n0,fail,10\n0.5,ok,\n7,ignore\n")
    #expect(
      run == [
        line("0", .allow, "closed", 1, 1, 1), line("0.5", .allow, "closed", 1, 2, 1),
        line("7", .allow, "closed", 1, 2, 1),
      ])
  }

  @Test func aRampIsDrawn() throws {
    // Closed at 5 s, and ramping from 50 % to all in 8 s: 68.75 % of them at 8 s.
    let settings = ["trip.consecutive_failures=1", "ramp.start=50%", "ramp.duration=8s"]
    let opening = "{\"t\":0,\"do\":\"call\",\"out\":\"fail\"}\n{\"t\":5000,\"do\":\"call\",\"out\":\"ok\"}\n"
    let drawn = try Lines(
      opening + """
        {"t":8000,"do":"call","out":"ok","rand":0.6874}
        {"t":8000,"do":"call","out":"ok","rand":0.6875,"n":3}
        {"t":8000,"do":"begin","id":"a","rand":0.9375}
        {"t":13000,"do":"call","out":"ok","rand":0.9999}
        """, settings)
    #expect(
      Array(drawn.output.dropFirst(2)) == [
        line("8000", .allow, "closed", 4, 1), line("8000", .deny, "closed", 4, 1, retry: 1),
        line("8000", .deny, "closed", 4, 1, retry: 4001), line("13000", .allow, "closed", 4, 2),
      ])
    // Without draws of their own, calls pass in the share that is due.
    let shared = try Lines(opening + #"{"t":8000,"do":"call","out":"ok","n":1000}"#, settings)
    #expect(shared.summary.refused == 312)
  }

  @Test func aLimitCountsTheCallsUnderWay() throws {
    let run = try Lines(
      """
      {"t":0,"do":"begin","id":"a","conn":1}
      {"t":0,"do":"begin","id":"b"}
      {"t":0,"do":"call","out":"ok","n":2}
      {"t":1,"do":"end","id":"a","out":"ok"}
      {"t":1,"do":"call","out":"ok","n":2}
      {"t":2,"do":"begin","id":"a","conn":1}
      {"t":3,"do":"drop","conn":1}
      {"t":3,"do":"call","out":"ok"}
      {"t":4,"do":"end","id":"a","out":"ok"}
      {"t":5,"do":"end","id":"b","out":"ok","n":5}
      """, ["concurrency.limit=2"])
    #expect(
      run == [
        line("0", .allow, "closed", 1), line("0", .allow, "closed", 1), line("0", .deny, "closed", 1),
        line("1", .none, "closed", 1, 1), line("1", .allow, "closed", 1, 3), line("2", .allow, "closed", 1, 3),
        line("3", .none, "closed", 1, 3), line("3", .allow, "closed", 1, 4), line("4", .none, "closed", 1, 4),
        line("5", .none, "closed", 1, 5),
      ])
  }

  @Test func anOverdueCallFailsBeforeItReturns() throws {
    let run = try Lines(
      """
      {"t":0,"do":"begin","id":"a"}
      {"t":1999,"do":"peek"}
      {"t":2000,"do":"peek"}
      {"t":2500,"do":"end","id":"a","out":"ok"}
      """, ["overdue=2s"])
    #expect(
      run == [
        line("0", .allow, "closed", 1), line("1999", .none, "closed", 1), line("2000", .none, "closed", 1, 1, 1, 1),
        line("2500", .none, "closed", 1, 1, 1, 1),
      ])
  }

  @Test func withoutProberACheckRecoversAsTraffic() throws {
    let run = try Lines(
      """
      {"t":0,"do":"call","out":"fail"}
      {"t":5000,"do":"call","out":"ok"}
      """,
      ["trip.consecutive_failures=1", "recovery=check", "check.interval=1s", "check.tcp=127.0.0.1:9"])
    #expect(run == [line("0", .allow, "open", 2, retry: 5000), line("5000", .allow, "closed", 4)])
  }
}
