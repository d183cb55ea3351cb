import BreakerCore
import BreakerProtocol
import Glibc
import Testing

@testable import BreakerServer

/// Replies that wait for their commit.
@Suite struct HeldRepliesTests {
  /// A session that nobody is connected to.
  private static func session(_ engine: Engine) throws -> Session {
    var ends: [CInt] = [-1, -1]
    socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
    defer { ends.forEach { close($0) } }
    let peer = try #require(PeerCredentials(of: ends[0]))
    return Session(
      engine: engine, connection: 1, slot: 0, peer: peer, user: PeerUser(uid: peer.uid), kind: .admin,
      connectedAt: .zero)
  }

  @Test func areReleasedByTicketOrByTimeEachKindInItsOrder() async throws {
    try await TestEngine.run { engine in
      try await engine.on { engine in
        let session = try Self.session(engine)
        var held = HeldReplies()
        #expect(held.nextDeadline == .never)
        _ = held.append([1], for: session, ticket: 1, .admin, at: .zero)
        _ = held.append([2], for: session, ticket: 2, .report, at: .zero + .seconds(1))
        _ = held.append([3], for: session, ticket: 3, .report, at: .zero + .seconds(2))
        _ = held.append([4], for: session, ticket: 3, .admin, at: .zero + .seconds(2))
        #expect(held.nextDeadline == .zero + .milliseconds(1_020))
        #expect(held.popCommitted(0)?.line == nil)
        #expect(held.popExpired(at: .zero + .milliseconds(1_019))?.line == nil)
        #expect(held.popExpired(at: .zero + .milliseconds(1_020))?.line == [2])
        #expect(held.popExpired(at: .zero + .milliseconds(1_020))?.line == nil)
        #expect(held.popCommitted(1)?.line == [1])
        #expect(held.popCommitted(2)?.line == nil)
        #expect(held.nextDeadline == .zero + .milliseconds(2_020))
        #expect(held.popExpired(at: .never)?.line == [3])
        #expect(held.popExpired(at: .never)?.line == [4])
        #expect(held.popExpired(at: .never)?.line == nil)
        #expect(held.nextDeadline == .never)
      }
    }
  }

  /// However long the disk takes.
  @Test func keepNobodyWhoIsGone() async throws {
    try await TestEngine.run { engine in
      try await engine.on { engine in
        var held = HeldReplies()
        weak var gone: Session?
        do {
          let session = try Self.session(engine)
          gone = session
          held.append([1], for: session, ticket: 1, .admin, at: .zero).drop()
        }
        #expect(gone == nil)
        #expect(held.popCommitted(1)?.session == nil)
      }
    }
  }
}
