import BreakerReplay
import Testing
import TestSupport

/// What is taken for a trace, and what is said of anything else.
@Suite struct TraceReaderTests {
  /// Each is the second line of a trace.
  @Test(arguments: [
    // Fields.
    (#"{"t":0,"do":"call","oot":"ok"}"#, #"2:20: unknown field "oot", did you mean "out"?"#),
    (#"{"t":0,"what":1}"#, #"2:8: unknown field "what", there are t, do, id, out, ms, n, conn, for, rand, age"#),
    (#"{"t":0,"t":1}"#, #"2:8: "t" stands here twice"#),
    (#"{"do":"peek"}"#, #"2:1: "t" is missing, the time in milliseconds"#),
    (#"{"t":0}"#, #"2:1: "do" is missing: call, for a call that asks and reports at once"#),
    (#"{"t":null,"do":"peek"}"#, #"2:1: "t" is missing, the time in milliseconds"#),
    (#"{"t":0,"do":"call"}"#, #"2:13: "out" is missing: ok, fail or ignore"#),
    (#"{"t":0,"do":"begin"}"#, #"2:13: "id" is missing, the name that joins begin and end"#),
    // Values.
    (#"{"t":"0","do":"peek"}"#, #"2:6: "t" is a number of milliseconds, 0 to 1000000000000000, not "0""#),
    (#"{"t":-1,"do":"peek"}"#, #"2:6: "t" is a number of milliseconds, 0 to 1000000000000000, not "-1""#),
    (#"{"t":1e16,"do":"peek"}"#, #"2:6: "t" is a number of milliseconds, 0 to 1000000000000000, not "1e16""#),
    (
      #"{"t":1e999999999999999999999,"do":"peek"}"#,
      #"2:6: "t" is a number of milliseconds, 0 to 1000000000000000, not "1e999999999999999999999""#
    ),
    (#"{"t":1.,"do":"peek"}"#, #"2:6: "t" is a number of milliseconds, 0 to 1000000000000000, not "1.""#),
    (#"{"t":1-2,"do":"peek"}"#, #"2:6: "t" is a number of milliseconds, 0 to 1000000000000000, not "1-2""#),
    (#"{"t":007,"do":"peek"}"#, #"2:6: a number begins with 0 only if a point follows"#),
    (#"{"t":0,"do":"cal","out":"ok"}"#, #"2:13: unknown "do" "cal", did you mean "call"?"#),
    (
      #"{"t":0,"do":"stop"}"#,
      #"2:13: unknown "do" "stop", there are call, begin, end, report, peek, drop, reset, force-open, force-closed, "#
        + "observe, release"
    ),
    (
      #"{"t":0,"do":7}"#,
      #"2:13: "do" is one of call, begin, end, report, peek, drop, reset, force-open, force-closed, observe, release, "#
        + #"not "7""#
    ),
    (#"{"t":0,"do":"call","out":"OK"}"#, #"2:26: unknown "out" "OK", did you mean "ok"?"#),
    (#"{"t":0,"do":"call","out":true}"#, #"2:26: "out" is one of ok, fail, ignore, not "true""#),
    (#"{"t":0,"do":"call","out":"ok","n":0}"#, #"2:35: "n" is a whole number from 1 to 1000000, not "0""#),
    (#"{"t":0,"do":"call","out":"ok","n":1000001}"#, #"2:35: "n" is a whole number from 1 to 1000000, not "1000001""#),
    (#"{"t":0,"do":"call","out":"ok","n":1.5}"#, #"2:35: "n" is a whole number from 1 to 1000000, not "1.5""#),
    (
      #"{"t":0,"do":"call","out":"ok","ms":-1}"#,
      #"2:36: "ms" is a number of milliseconds, 0 to 315360000000, or a text like "30m", not "-1""#
    ),
    (
      #"{"t":0,"do":"call","out":"ok","age":315360000000.001}"#,
      #"2:37: "age" is a number of milliseconds, 0 to 315360000000, or a text like "30m", not "315360000000.001""#
    ),
    (
      #"{"t":0,"do":"force-open","for":"30x"}"#,
      #"2:32: "for": 'x' in '30x' is not a unit; write ms, s, m, h or d, for example 30s"#
    ),
    (#"{"t":0,"do":"force-open","for":0}"#, #"2:13: "for" is more than 0, or left out: until released"#),
    (#"{"t":0,"do":"call","out":"ok","rand":1}"#, #"2:38: "rand" is a number, 0 or more and less than 1, not "1""#),
    (
      #"{"t":0,"do":"call","out":"ok","rand":-0.1}"#,
      #"2:38: "rand" is a number, 0 or more and less than 1, not "-0.1""#
    ),
    (#"{"t":0,"do":"begin","id":true}"#, #"2:26: "id" is a text or a number, not "true""#),
    (
      #"{"t":0,"do":"begin","id":{"a":1}}"#,
      "2:26: a list or an object has no place here: a value is a text, a number, true, false or null"
    ),
    (
      #"{"t":[0],"do":"peek"}"#,
      "2:6: a list or an object has no place here: a value is a text, a number, true, false or null"
    ),
    // JSON.
    ("call", "2:1: an object should be here, not 'c'"),
    ("[]", "2:1: an object should be here, not '['"),
    ("{", "2:2: the line ends where the name of a field, in quotes, should be"),
    ("{t:0}", "2:2: the name of a field, in quotes, should be here, not 't'"),
    (#"{"t" 0}"#, "2:6: ':' should be here, not '0'"),
    (#"{"t":}"#, "2:6: a text in quotes, a number, true, false or null should be here, not '}'"),
    (#"{"t":nul}"#, "2:6: a text in quotes, a number, true, false or null should be here, not 'n'"),
    (#"{"t":"#, "2:6: the line ends where a value should be"),
    (#"{"t":0"#, "2:7: the line ends where ',' or '}' should be"),
    (#"{"t":0 "do":"peek"}"#, #"2:8: ',' or '}' should be here, not '"'"#),
    (#"{"t":0,}"#, "2:8: the name of a field, in quotes, should be here, not '}'"),
    (#"{"t":0,"do":"peek"} {}"#, "2:21: one object a line, and nothing behind it"),
    (#"{"t":0,"do":"peek}"#, "2:13: this quote is never closed"),
    (#"{"t":0,"do":"peek\"}"#, "2:13: this quote is never closed"),
    (#"{"t":0,"do":"pe\qek"}"#, #"2:16: there is no such escape: one of \" \\ \/ \b \f \n \r \t \uXXXX"#),
    (#"{"t":0,"do":"\u00g0"}"#, #"2:14: \u takes four hexadecimal digits"#),
    (#"{"t":0,"do":"\u00"}"#, #"2:14: \u takes four hexadecimal digits"#),
    (#"{"t":0,"do":"\ud800"}"#, #"2:14: this is half a character: \uD800 to \uDFFF come in pairs"#),
    (#"{"t":0,"do":"\udc00\ud800"}"#, #"2:14: this is half a character: \uD800 to \uDFFF come in pairs"#),
    ("{\"t\":0,\"do\":\"pe\u{1}ek\"}", #"2:16: a control character in a text is written \u00XX"#),
    // Characters are counted, not bytes.
    (#"{"t":0,"do":"begin","id":"äöü","oot":1}"#, #"2:32: unknown field "oot", did you mean "out"?"#),
    (#"  {"t":0,"x":1}"#, #"2:10: unknown field "x", there are t, do, id, out, ms, n, conn, for, rand, age"#),
    (#"{"t":0,"é":1}"#, #"2:8: unknown field "é", there are t, do, id, out, ms, n, conn, for, rand, age"#),
    (#"é"#, "2:1: an object should be here, not this"),
  ])
  func anObjectThatIsNoneIsRefusedWithItsPlace(_ line: String, _ message: String) throws {
    let run = try Lines("{\"t\":0,\"do\":\"peek\"}\n" + line + "\n{\"t\":0,\"do\":\"peek\"}\n")
    #expect(run.error == message)
    #expect(run.output.count == 1)
  }

  @Test(arguments: [
    ("0,ok\n0,okay", #"2:3: unknown outcome "okay", there are ok, fail, ignore"#),
    ("0,ok\n0,fial", #"2:3: unknown outcome "fial", did you mean "fail"?"#),
    ("0,ok\n0", "2:2: the outcome is missing: ok, fail or ignore"),
    ("0,ok\n0,ok,fast", #"2:6: the duration is a number of milliseconds, 0 to 315360000000, not "fast""#),
    ("0,ok\n0,ok,1,2", "2:8: a row has three cells at most"),
    ("0,ok\n0,ok,,x", "2:7: a row has three cells at most"),
    ("0,ok\n0,ok,,", "2:7: a row has three cells at most"),
    (
      "0,ok\n-1,ok",
      "2:1: a row is time_ms,outcome,duration_ms: the time is a number of milliseconds, 0 to 1000000000000000, not "
        + #""-1""#
    ),
    (
      "time,outcome",
      "1:1: a row is time_ms,outcome,duration_ms: the time is a number of milliseconds, 0 to 1000000000000000, not "
        + #""time""#
    ),
    ("time_ms,duration_ms,outcome", "1:9: the columns are time_ms,outcome,duration_ms, in this order"),
    (
      "0,ok\ntime_ms,outcome",
      "2:1: a row is time_ms,outcome,duration_ms: the time is a number of milliseconds, 0 to 1000000000000000, not "
        + #""time_ms""#
    ),
    ("5,ok\n4.9,ok", "2:1: time goes back here, from 5 to 4.9; sort the trace by time"),
  ])
  func aRowThatIsNoneIsRefusedWithItsPlace(_ trace: String, _ message: String) throws {
    #expect(try Lines(trace).error == message)
  }

  @Test func timeDoesNotGoBack() throws {
    let run = try Lines(#"{"t":1.5,"do":"peek"}"# + "\n" + #"{"do":"peek","t":1.499}"#)
    #expect(run.error == "2:18: time goes back here, from 1.5 to 1.499; sort the trace by time")
  }

  @Test func blanksCommentsLineEndsAndAByteOrderMarkAreNoMatter() throws {
    let trace = "\u{FEFF}\r\n# a comment\r\n\t { \"t\" : 0 ,\t\"do\" : \"call\" , \"out\" : \"ok\" } \r\n   \n#\n"
    #expect(try Lines(trace) == [line("0", .allow, "closed", 1, 1)])
    #expect(
      try Lines("\u{FEFF}time_ms,outcome\r\n# so\r\n \"0\" , \"ok\" \r\n\n") == [line("0", .allow, "closed", 1, 1)])
    #expect(try Lines("") == [])
    #expect(try Lines("\n\n") == [])
  }

  @Test(arguments: [
    ("0.0005", "0.001"), ("0.00049", "0"), ("59999.9999", "60000"), ("1e3", "1000"), ("1.5E+2", "150"),
    ("120e-2", "1.2"), ("-0", "0"), ("0.0", "0"), ("1e-400", "0"), ("1000000000000000", "1000000000000000"),
    ("1795466645123.456", "1795466645123.456"), ("0.30000000000000004", "0.3"), ("0e99", "0"),
    ("12.3400000000000000000000000000000000000001", "12.34"), ("1e15", "1000000000000000"),
  ])
  func timesAreTakenToTheNearestMicrosecond(_ written: String, _ time: String) throws {
    #expect(try Lines(#"{"t":\#(written),"do":"peek"}"#) == [line(time, .none, "closed", 1)])
  }

  @Test func escapesMeanWhatTheyStandFor() throws {
    let trace = #"""
      {"t":0,"\u0064o":"\u0063all","out":"f\u0061il"}
      {"t":0,"do":"begin","id":"\"\\\/\b\f\n\r\t\ud83d\ude00"}
      {"t":1,"do":"end","id":"\u0022\u005c\u002F\u0008\u000c\u000a\u000d\u0009😀","out":"fail"}
      """#
    let run = try Lines(trace)
    #expect(run.error == nil)
    #expect(run.output.last == line("1", .none, "closed", 1, 2, 2))
  }

  @Test func namesAreToldApartHoweverTheyAreWritten() throws {
    let trace = #"""
      {"t":0,"do":"begin","id":7}
      {"t":0,"do":"end","id":8,"out":"ok"}
      {"t":0,"do":"end","id":"7","out":"ok"}
      """#
    #expect(
      try Lines(trace) == [
        line("0", .allow, "closed", 1), line("0", .none, "closed", 1), line("0", .none, "closed", 1, 1),
      ])
  }

  @Test func aFieldThatAStepHasNoUseForIsNoMatterNorIsOneThatIsNull() throws {
    let trace = #"""
      {"t":0,"do":"peek","id":"a","out":"fail","ms":1,"n":5,"conn":"c","for":0,"rand":0.5,"age":1}
      {"t":0,"do":"call","out":"ok","id":null,"ms":null,"n":null,"conn":null,"for":null,"rand":null,"age":null}
      """#
    #expect(try Lines(trace) == [line("0", .none, "closed", 1), line("0", .allow, "closed", 1, 1)])
  }

  @Test func aLineCanHave64KiB() throws {
    let step = #"{"t":0,"do":"peek"}"#
    let longest = step + String(repeating: " ", count: TraceReader.longestLine - step.utf8.count)
    for chunk in [.max, 1_000] {
      #expect(try Lines(longest + "\r\n" + longest, chunk: chunk).output.count == 2)
      for end in ["", "\n", "\r\n"] {
        let run = try Lines("\n" + longest + " " + end, chunk: chunk)
        #expect(run.error == "2:65537: the line is longer than 65536 bytes")
      }
    }
  }

  @Test func aTraceComesInPiecesOfAnySize() throws {
    let trace = #"""
      {"t":0,"do":"call","out":"fail","n":4}

      # so
      {"t":1,"do":"call","out":"fail"}
      {"t":2,"do":"call","out":"ok"}
      """#
    let whole = try Lines(trace)
    #expect(whole.output.count == 3)
    for chunk in 1...trace.utf8.count { #expect(try Lines(trace, chunk: chunk) == whole.output) }
  }

  @Test func nothingThatCanBeWrittenMakesItCrash() throws {
    let seeds = [
      #"{"t":12.5,"do":"call","out":"fail","ms":30,"n":2,"conn":"c","rand":0.5,"age":1e2}"#,
      #"{"t":13,"do":"begin","id":"\u00e4\ud83d\ude00"}"#, #"{"t":13,"do":"force-open","for":"30m"}"#, "14,ok,20",
    ]
    let bytes = Array("{}[]\":,.-+eE0123456789\\u tdo#\r\n\u{0}é".utf8)
    var random = SplitMix64(seed: 7)
    for _ in 0..<5_000 {
      var trace = Array((seeds.randomElement(using: &random) ?? "").utf8)
      for _ in 0..<Int.random(in: 0...4, using: &random) where !trace.isEmpty {
        let index = Int.random(in: trace.indices, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: trace[index] = bytes.randomElement(using: &random) ?? 0
        case 1: trace.remove(at: index)
        default: trace.insert(.random(in: 0 ... .max, using: &random), at: index)
        }
      }
      let run = try Lines(trace, chunk: Int.random(in: 1...100, using: &random))
      if let error = run.error { #expect(error.allSatisfy { !$0.isNewline }) }
    }
  }
}
