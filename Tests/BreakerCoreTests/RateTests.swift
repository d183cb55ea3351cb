import BreakerCore
import Testing

@Suite struct RateTests {
  @Test(arguments: [
    (0, 1, 0, true), (0, 1, 1, false), (1, 10_000, 1, true), (1, 10_001, 1, false), (1, 3, 3_333, true),
    (1, 3, 3_334, false), (0, 0, 0, false), (0, 0, 10_000, false), (.max, .max, 10_000, true),
    (.max / 2, .max, 4_999, true), (.max / 4, .max, 5_000, false),
  ])
  func isReached(part: Int, total: Int, basisPoints: Int, reached: Bool) {
    #expect(Rate(basisPoints: basisPoints).isReached(by: part, of: total) == reached)
  }

  @Test(arguments: [(-1, 0), (0, 0), (10_000, 10_000), (10_001, 10_000), (.min, 0), (.max, 10_000)])
  func staysInItsRange(given: Int, kept: Int) { #expect(Rate(basisPoints: given).basisPoints == kept) }
}
