import Testing

/// Whole traces with the exact lines that they give.
@Suite struct ReplayTests {
  @Test func `an opening, its probes and its end`() throws {
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
      {"t":5001,"do":"end","id":"a","out":"ok"}
      """)
    #expect(run.error == nil)
    #expect(
      run.output == [
        line(0, .allow, "closed", 1, 4, 4), line(0, .allow, "open", 2, retry: 5000),
        line(0, .deny, "open", 2, retry: 5000), line(4999.999, .none, "open", 2, retry: 1),
        line(5000, .none, "half-open", 3), line(5000, .allow, "half-open", 3),
        line(5000, .deny, "half-open", 3, retry: 30000), line(5001, .none, "closed", 4),
        line(5001, .none, "closed", 4),
      ])
  }
}

/// A line of output.
enum Answer: String {
  case allow, deny, none
}

func line(
  _ time: Double, _ answer: Answer, _ state: String, _ generation: Int, _ total: Int = 0, _ failed: Int = 0,
  _ slow: Int = 0, retry: Int? = nil
) -> String {
  let written = time == time.rounded() ? "\(Int(time))" : "\(time)"
  return
    #"{"t":\#(written),"decision":"\#(answer)","state":"\#(state)","retry_ms":\#(retry.map(String.init) ?? "null"),"#
    + #""generation":\#(generation),"window":{"total":\#(total),"fail":\#(failed),"slow":\#(slow)}}"#
}
