import BreakerCore
import Glibc
import Testing

@testable import BreakerServer

/// Who is let in by the thread that accepts.
@Suite struct DoorTests {
  /// A connection, and the client's end of it; both are closed with it.
  private final class Visit {
    let (inside, outside): (CInt, CInt)

    init() throws {
      var ends: [CInt] = [-1, -1]
      try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
      (inside, outside) = (ends[0], ends[1])
    }

    /// What the client has been told.
    var heard: String {
      var bytes = [UInt8](repeating: 0, count: 200)
      let count = recv(outside, &bytes, bytes.count, CInt(MSG_DONTWAIT))
      return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }

    func leave() { shutdown(outside, CInt(SHUT_WR)) }

    deinit {
      close(inside)
      close(outside)
    }
  }

  @Test func whoComesTooOftenIsTurnedAwayAndToldWhy() throws {
    var door = Door(atOnce: 3)
    let start = Instant(microseconds: 1_000_000)
    let visits = try (0..<4).map { _ in try Visit() }
    let isLetIn = visits.map { door.lets($0.inside, at: start) }
    #expect(isLetIn == [true, true, true, false])
    #expect(visits.prefix(3).allSatisfy { $0.heard == "" })
    #expect(
      visits[3].heard == "!BUSY uid \(getuid()) connects too often: keep connections open, as client libraries do\n")
    #expect(door.refused == 1)
    // One more after each quarter of a millisecond.
    let later = start + Timespan(microseconds: 250)
    let laterVisits = try (0..<2).map { _ in try Visit() }
    let isLetInLater = laterVisits.map { door.lets($0.inside, at: later) }
    #expect(isLetInLater == [true, false])
  }

  @Test func whoHasGoneWithoutAWordCostsNobodyAPlace() throws {
    var door = Door(atOnce: 1)
    let gone = try Visit()
    gone.leave()
    let isGoneLetIn = door.lets(gone.inside, at: .zero)
    #expect(!isGoneLetIn && door.refused == 0)
    // Who has said something before going is answered.
    let brief = try Visit()
    #expect(send(brief.outside, "ping\n", 5, 0) == 5)
    brief.leave()
    let isBriefLetIn = door.lets(brief.inside, at: .zero)
    #expect(isBriefLetIn)
  }

  @Test func notEverybodyIsToldInARush() throws {
    var door = Door(atOnce: 1)
    let visits = try (0...150).map { _ in try Visit() }
    let isLetIn = visits.map { door.lets($0.inside, at: .zero) }
    #expect(isLetIn == [true] + Array(repeating: false, count: 150))
    #expect(visits.count { $0.heard != "" } == 100)
    #expect(door.refused == 150)
  }
}
