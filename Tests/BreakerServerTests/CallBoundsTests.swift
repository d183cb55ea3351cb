import BreakerConfiguration
import BreakerCore
import BreakerProtocol
import Glibc
import TestSupport
import Testing

@testable import BreakerServer

/// How many calls under way the daemon keeps in mind.
@Suite struct CallBoundsTests {
  /// One connection to an engine that is asked on its own loop.
  private final class Subject {
    let engine: Engine
    let session: Session

    init(_ engine: Engine) throws {
      self.engine = engine
      engine.tick()
      engine.durability.loaded()
      var ends: [CInt] = [-1, -1]
      #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
      defer { for end in ends { close(end) } }
      let peer = try #require(PeerCredentials(of: ends[0]))
      let now = engine.moment.now
      session = engine.join { connection, slot in
        Session(
          engine: engine, connection: connection, slot: slot, peer: peer, user: engine.user(peer.uid), kind: .admin,
          connectedAt: now)
      }
    }

    func entry(_ name: String) throws -> Entry {
      try #require(Array(name.utf8).withUnsafeBytes { engine.entry(creating: $0, for: nil) })
    }

    /// A breaker with these bounds on calls.
    func make(_ name: String, _ calls: Policy.Calls) throws {
      _ = try entry(name).breaker.adopt(Policy(calls: calls), at: engine.moment)
    }

    func ask(_ line: String) throws -> String {
      engine.replies.removeAll()
      var request = Request()
      try Array(line.utf8).withUnsafeBytes {
        try request.parse($0)
        _ = engine.execute(request, for: session)
      }
      return String(decoding: engine.replies.bytes.dropLast(), as: UTF8.self)
    }

    /// Asks so often, and returns the tokens of those that are tracked.
    func allow(_ name: String, _ count: Int) throws -> [Substring] {
      try (0..<count).compactMap { _ in
        let reply = try ask("allow \(name)")
        #expect(reply.hasPrefix("+allow closed "))
        return reply.contains("lease_ms=") ? reply.split(separator: " ")[2] : nil
      }
    }
  }

  @Test func callsBeyondItAreNotWatched() async throws {
    var limits = EngineLimits()
    limits.calls = 8
    limits.watchedCalls = 3
    try await TestEngine.run(limits) { engine in
      try await engine.on { engine in
        let subject = try Subject(engine)
        let watched = Policy.Calls(overdue: .seconds(10))
        try subject.make("a", watched)
        try subject.make("b", watched)
        try subject.make("c", Policy.Calls(limit: 10))
        let tokens = try subject.allow("a", 5)
        #expect(tokens.count == 3)
        #expect(engine.counters.untracked == 2)
        #expect(try !subject.ask("health").contains("calls_full"))
        // Half of the room is for those that take a slot.
        #expect(try subject.allow("b", 3).count == 1)
        #expect(engine.counters.untracked == 4)
        #expect(try subject.ask("health").contains("reason=calls_full"))
        #expect(try subject.allow("c", 4).count == 4)
        #expect(try subject.ask("allow c") == "+deny saturated")
        #expect(try subject.ask("stats").contains("calls_out=8"))
        // What others need is not affected.
        #expect(try subject.allow("plain", 3).isEmpty)
        #expect(engine.counters.untracked == 4)
        for token in tokens { #expect(try subject.ask("report a ok \(token)") == "+ok closed") }
        #expect(try subject.allow("c", 3).count == 3)
        engine.remove(try subject.entry("c"))
        #expect(engine.callsOut == 1)
        #expect(try subject.allow("b", 2).count == 2)
      }
    }
  }

  /// Whatever happens to calls, the number of all that are out is the sum of those of the breakers.
  @Test func theirNumberIsKept() async throws {
    try await TestEngine.run { engine in
      try await engine.on { engine in
        var random = SplitMix64(seed: 5)
        let subject = try Subject(engine)
        let names = (0..<5).map { "b\($0)" }
        for _ in 0..<5_000 {
          let name = names.randomElement(using: &random) ?? ""
          let entry = try subject.entry(name)
          switch Int.random(in: 0..<20, using: &random) {
          case 0: engine.remove(entry)
          case 1:
            try subject.make(name, Policy.Calls(limit: 8, overdue: .milliseconds(3)))
            engine.reschedule(entry)
          case 2:
            engine.moved(entry, entry.breaker.reset(at: engine.moment))
            engine.reschedule(entry)
          case 3:
            engine.moment.now = engine.moment.now + .milliseconds(Int64.random(in: 0..<20, using: &random))
            engine.catchUp(entry)
          case 4:
            _ = entry.breaker.lose(connection: subject.session.caller.connection)
            engine.reschedule(entry)
          case 5: _ = try subject.ask("hello 1 bound=\(Bool.random(using: &random) ? "yes" : "no")")
          case 6..<9: _ = try subject.ask("report \(name) fail")
          case 9..<13: _ = try subject.ask("report \(name) ok")
          default: _ = try subject.ask("allow \(name) lease=\(Int.random(in: 1..<20, using: &random))ms")
          }
          let sum = names.compactMap { name in
            Array(name.utf8).withUnsafeBytes { engine.table[$0]?.breaker.callsOut }
          }.reduce(0, +)
          #expect(engine.callsOut == sum)
        }
      }
    }
  }
}
