import BreakerCore
import Testing

@Suite struct TimespanNotationTests {
  @Test(
    arguments: [
      ("250ms", 250_000), ("5s", 5_000_000), ("2m", 120_000_000), ("1h", 3_600_000_000), ("1d", 86_400_000_000),
      ("1.5s", 1_500_000), ("0.001ms", 1), ("0.25h", 900_000_000), ("0s", 0), ("0ms", 0), ("007s", 7_000_000),
      ("0.00000001d", 864), ("1.000000000000000000000s", 1_000_000), ("3650d", 315_360_000_000_000),
    ] as [(String, Int64)])
  func reads(_ text: String, microseconds: Int64) throws {
    #expect(try Timespan(parsing: text).microseconds == microseconds)
  }

  @Test(
    arguments: [
      ("0s", 0), ("5s", 5_000_000), ("250ms", 250_000), ("90s", 90_000_000), ("90m", 5_400_000_000),
      ("2m", 120_000_000),
      ("1h", 3_600_000_000), ("2d", 172_800_000_000), ("1500ms", 1_500_000), ("0.001ms", 1), ("1000.5ms", 1_000_500),
      ("-0.5ms", -500), ("-5s", -5_000_000),
    ] as [(String, Int64)])
  func writes(_ text: String, microseconds: Int64) {
    #expect(Timespan(microseconds: microseconds).notation == text)
  }

  @Test(arguments: [
    ("", "'' is not a duration; write a number and a unit, for example 5s"),
    ("soon", "is not a duration"), ("-5s", "is not a duration"), ("+5s", "is not a duration"),
    (".5s", "is not a duration"), ("5.s", "is not a duration"), ("1.2.3s", "is not a duration"),
    ("٥s", "is not a duration"),
    ("5", "'5' has no unit; write ms, s, m, h or d after it, for example 5s"),
    ("1.5", "for example 1.5s"), ("999.5", "for example 999.5s"), ("5000", "for example 5000ms"),
    ("5sec", "'sec' in '5sec' is not a unit; write ms, s, m, h or d, for example 5s"),
    ("5S", "is not a unit"), ("5 s", "is not a unit"), ("5s ", "is not a unit"), ("5us", "is not a unit"),
    ("1h30m", "'1h30m' is not one number and one unit; write for example 1.5h"), ("1,5s", "is not one number"),
    ("1e3s", "is not one number"),
    ("0.0001ms", "is finer than a microsecond; write a multiple of 0.001ms"),
    ("1.0000000000000000001s", "is finer than a microsecond"),
    ("3650.00000001d", "is too long; write 3650d or less"), ("99999999999999999999s", "is too long"),
    ("213503982335d", "is too long"), ("9223372036854.775808s", "is too long"),
  ])
  func refuses(_ text: String, telling: String) {
    let error = #expect(throws: NotationError.self) { try Timespan(parsing: text) }
    #expect(error?.message.contains(telling) == true, "\(String(describing: error))")
  }

  @Test func refusesWhatIsOutsideARange() throws {
    let range = Timespan.seconds(1)...Timespan.seconds(60)
    #expect(try Timespan(parsing: "1s", in: range) == .seconds(1))
    #expect(try Timespan(parsing: "1m", in: range) == .seconds(60))
    let short = #expect(throws: NotationError.self) { try Timespan(parsing: "999ms", in: range) }
    #expect(short?.message == "'999ms' is too short; write 1s or more")
    let long = #expect(throws: NotationError.self) { try Timespan(parsing: "61s", in: range) }
    #expect(long?.description == "'61s' is too long; write 1m or less")
  }

  @Test func errorsStayOnOneShortLine() {
    let text = "5s\r\n\u{7F}" + String(repeating: "x", count: 2_000)
    let error = #expect(throws: NotationError.self) { try Timespan(parsing: text) }
    #expect(error?.message.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } == true)
    #expect((error?.message.count ?? 0) < 200)
  }
}
