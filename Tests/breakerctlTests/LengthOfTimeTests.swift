import Testing

@testable import breakerctl

@Suite struct LengthOfTimeTests {
  @Test(arguments: [("30s", Duration.seconds(30)), ("250ms", .milliseconds(250)), ("1.5h", .seconds(5_400))])
  func readsDurations(text: String, length: Duration) { #expect(LengthOfTime(argument: text)?.duration == length) }

  @Test(arguments: ["", "30", "s", "0s", "-1s", "1 s", "1e3s", "4000d", "1h30m"])
  func refusesTheRest(text: String) { #expect(LengthOfTime(argument: text) == nil) }
}
