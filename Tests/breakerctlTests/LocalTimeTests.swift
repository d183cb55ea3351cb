import Testing

@testable import breakerctl

@Suite struct LocalTimeTests {
  @Test func keepsWhatNoZoneChanges() throws {
    let time = try #require(LocalTime("2026-11-23T15:04:05.123Z"))
    #expect(time.time.hasSuffix(":05.123") && time.time.count == 12)
    #expect(time.date.hasPrefix("2026-11-2") && time.dateAndTime == time.date + " " + time.time)
  }

  @Test(arguments: ["", "soon", "2026-11-23", "2026-11-23T15:04:05Z", "2026-11-23T15:04:05.123", "a-b-cTd:e:f.123Z"])
  func takesNothingElse(text: String) { #expect(LocalTime(text) == nil) }
}
