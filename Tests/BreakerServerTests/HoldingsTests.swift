import Testing

@testable import BreakerServer

/// The places at which a connection holds permits.
@Suite struct HoldingsTests {
  private func rest(_ holdings: Holdings) -> Set<Int> {
    var holdings = holdings
    var rest: Set<Int> = []
    while let place = holdings.popFirst() { rest.insert(place) }
    return rest
  }

  @Test func whatIsSettledIsLetGo() {
    var holdings = Holdings()
    for place in 0..<100_000 {
      holdings.insert(place) { _ in false }
      if place.isMultiple(of: 997) { #expect(rest(holdings).count <= 256) }
    }
    #expect(rest(holdings).contains(99_999))
  }

  @Test func whatIsHeldIsKept() {
    var holdings = Holdings()
    for place in 0..<10_000 { holdings.insert(place) { $0.isMultiple(of: 10) } }
    let held = Set(stride(from: 0, to: 10_000, by: 10))
    #expect(rest(holdings).isSuperset(of: held))
    #expect(rest(holdings).count <= 2 * held.count)
  }
}
