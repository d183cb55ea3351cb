import BreakerProtocol
import Testing

@testable import BreakerServer

@Suite struct NameHashTests {
  private func hash(_ name: String, _ hash: NameHash) -> UInt32 {
    Array(name.utf8).withUnsafeBytes { hash(of: $0) }
  }

  @Test func isSpreadEvenlyAndAnotherOneWithAnotherKey() {
    let (one, other) = (NameHash(), NameHash())
    let names =
      (0..<20_000).map { "service-\($0 % 100).host\($0 / 100)" } + (1...100).map { String(repeating: "a", count: $0) }
    var buckets = [Int](repeating: 0, count: 256)
    for name in names {
      #expect(hash(name, one) == hash(name, one))
      buckets[Int(hash(name, one) & 0xFF)] += 1
    }
    // About 79 in each, give or take nine.
    #expect(buckets.allSatisfy { 20...160 ~= $0 }, "\(buckets)")
    #expect(Set(names.map { hash($0, one) }).count > names.count - 10)
    #expect(names.count { hash($0, one) == hash($0, other) } < 10)
  }
}
