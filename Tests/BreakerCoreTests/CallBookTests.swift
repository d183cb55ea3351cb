import Testing

@testable import BreakerCore

@Suite struct CallBookTests {
  private static func call(_ number: UInt32) -> TrackedCall {
    TrackedCall(
      Token(generation: 1, permit: number), holder: Caller(connection: UInt64(number % 10)), since: .zero,
      expires: Instant(microseconds: Int64(number)), overdue: .never)
  }

  @Test func givesMemoryBack() {
    var book = CallBook()
    book.begin(generation: 1)
    for number in 1...10_000 { book.insert(Self.call(UInt32(number))) }
    #expect(book.capacity >= 10_000)
    for number in 2...10_000 { #expect(book.take(Token(generation: 1, permit: UInt32(number))) != nil) }
    #expect(book.count == 1 && book.capacity < 500)
    #expect(book.next?.number == 1 && book.hasCall(of: 1) && !book.hasCall(of: 2))
    #expect(book.takeOldest(of: 1)?.number == 1)
    #expect(book.next == nil && book.capacity < 500)
  }

  @Test func keepsOrderWhileItShrinks() {
    var book = CallBook()
    book.begin(generation: 1)
    for number in (1...5_000).reversed() { book.insert(Self.call(UInt32(number))) }
    #expect((1...5_000).allSatisfy { book.takeNext()?.number == $0 })
    #expect(book.next == nil)
    for number in 1...5_000 { book.insert(Self.call(UInt32(number))) }
    #expect(book.lose(connection: 3) == 0)
    for number in stride(from: 3, through: 5_000, by: 10) { #expect(book.takeOldest(of: 3)?.number == UInt32(number)) }
    #expect(!book.hasCall(of: 3) && book.count == 4_500)
  }
}
