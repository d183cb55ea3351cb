import BreakerCore
import Testing

@Suite struct RateNotationTests {
  @Test(arguments: [
    ("0%", 0), ("0.01%", 1), ("12.5%", 1_250), ("12.34%", 1_234), ("50%", 5_000), ("100%", 10_000),
  ])
  func readsAndWrites(_ text: String, basisPoints: Int) throws {
    #expect(try Rate(parsing: text).basisPoints == basisPoints)
    #expect(Rate(basisPoints: basisPoints).notation == text)
  }

  @Test func takesNeedlessZeros() throws {
    #expect(try Rate(parsing: "050.000%").basisPoints == 5_000)
  }

  @Test(arguments: [
    ("50", "'50' has no percent sign; write a percentage from 0% to 100%, for example 50%"),
    ("0.5", "has no percent sign"),
    ("", "is not a rate"), ("%", "is not a rate"), ("half", "is not a rate"), ("-1%", "is not a rate"),
    ("50 %", "is not a rate"), ("50%%", "is not a rate"), ("5e1%", "is not a rate"),
    ("12.345%", "has more than two decimals; write for example 12.25%"),
    ("100.01%", "is out of range; write a percentage from 0% to 100%"), ("101%", "is out of range"),
    ("99999999999999999999%", "is out of range"),
  ])
  func refuses(_ text: String, telling: String) {
    let error = #expect(throws: NotationError.self) { try Rate(parsing: text) }
    #expect(error?.message.contains(telling) == true, "\(String(describing: error))")
  }
}
