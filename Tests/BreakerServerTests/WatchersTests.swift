import BreakerCore
import BreakerProtocol
import Glibc
import NIOCore
import Testing

@testable import BreakerServer

/// Whose turn it is to be told.
@Suite struct WatchersTests {
  @Test func usersTakeTurnsHoweverManyWatchersOneHas() async throws {
    try await TestEngine.run { test in
      let order = try await test.on { engine in
        let crowd = PeerUser(uid: 1)
        var watchers = Watchers()
        let sessions = try [crowd, crowd, crowd, crowd, PeerUser(uid: 2), PeerUser(uid: 3)].map {
          try Self.session(of: $0, engine)
        }
        let all = try sessions.map { Watcher($0, LogReader(try #require(Glob("*".utf8)), of: watchers.log)) }
        for watcher in all { watchers.add(watcher) }
        watchers.end(all[1])
        watchers.log.append(try LogReaderTests.entry("api"), number: 1, isForgotten: false, line: [])
        watchers.wake()
        var order: [UInt32] = []
        while let watcher = watchers.takeNext() { order.append(watcher.session.user.uid) }
        #expect(!watchers.hasReadersBehind)
        return order
      }
      // Who was made first waits first, but its second watcher behind the first of each other.
      #expect(order.count == 5 && Set(order.prefix(3)) == [1, 2, 3] && order.suffix(2) == [1, 1], "\(order)")
    }
  }

  @Test func whoHasEndedWhileItWaitedGetsNoTurn() async throws {
    try await TestEngine.run { test in
      let taken = try await test.on { engine in
        var watchers = Watchers()
        let sessions = try (0..<3).map { _ in try Self.session(of: PeerUser(uid: 1), engine) }
        let all = try sessions.map { Watcher($0, LogReader(try #require(Glob("*".utf8)), of: watchers.log)) }
        for watcher in all { watchers.add(watcher) }
        watchers.log.append(try LogReaderTests.entry("api"), number: 1, isForgotten: false, line: [])
        watchers.wake()
        watchers.end(all[0])
        var taken = 0
        while watchers.takeNext() != nil { taken += 1 }
        return taken
      }
      #expect(taken == 2)
    }
  }

  private static func session(of user: PeerUser, _ engine: Engine) throws -> Session {
    var ends: [CInt] = [-1, -1]
    try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    let peer = try #require(PeerCredentials(of: ends[0]))
    return Session(
      engine: engine, connection: 1, slot: 0, peer: peer, user: user, kind: .everybody, connectedAt: .zero)
  }
}
