import BreakerBoard
import Foundation
import Glibc
import Testing

@testable import BreakerClient

/// Calls that the board decides, and when it does not.
@Suite struct BoardCallTests {
  private struct Boom: Error {}

  /// A client that has asked once, and so knows the board.
  private func acquainted(_ bench: BoardBench) async throws -> (BreakerClient, BreakerHandle) {
    let client = bench.client()
    let api = try client.breaker("api")
    try await api.run {}
    return (client, api)
  }

  @Test func oneCallAsksAndTheOthersDoNot() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let (client, api) = try await acquainted(bench)
    for _ in 0..<20 {
      #expect(try await api.run { 5 } == 5)
      #expect(try api.runBlocking { 6 } == 6)
      try await api.permit().succeed()
      try api.permitBlocking().succeed()
    }
    _ = try await api.run(timeout: .seconds(60)) { 7 }
    #expect(bench.asked == 1)
    await client.shutdown()
    // Whatever the first second of the generation has let wait.
    let told = bench.reports.reduce(0) { sum, line in
      sum + (line.split(separator: " ").compactMap { $0.hasPrefix("n=") ? Int($0.dropFirst(2)) : nil }.first ?? 1)
    }
    #expect(told == 82)
    #expect(bench.reports.allSatisfy { $0.hasPrefix("report api ok 7") })
  }

  /// What was counted of a breaker that nobody calls any more is told by the calls of others.
  @Test func anyCallTellsWhatHasWaitedLongEnough() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    bench.publish(BoardWord(.closed, generation: 7), for: "other")
    let (client, api) = try await acquainted(bench)
    let other = try client.breaker("other")
    try await other.run {}
    // For a second each success is told at once.
    try await Task.sleep(for: .milliseconds(1_100))
    try await api.run {}
    try await api.run {}
    func isTold() -> Bool { bench.reports.contains { $0.hasPrefix("report api ok 7 n=2 age=") } }
    let end = ContinuousClock.now + .seconds(30)
    while !isTold(), ContinuousClock.now < end {
      try await other.run {}
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(isTold(), "\(bench.reports.suffix(3))")
    await client.shutdown()
  }

  @Test func failuresAreToldWithTheGenerationOfTheBoard() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let (client, api) = try await acquainted(bench)
    bench.closed(9)
    await #expect(throws: Boom.self) { try await api.run { throw Boom() } }
    #expect(throws: Boom.self) { try api.runBlocking { throw Boom() } }
    await #expect(throws: CancellationError.self) { try await api.run { throw CancellationError() } }
    await client.shutdown()
    let failures = bench.reports.filter { $0.contains(" fail ") }
    #expect(
      failures.count == 2
        && failures.allSatisfy { $0.hasPrefix("report api fail 9 ms=") && $0.hasSuffix("err=Boom quiet") })
    #expect(bench.reports.count == 3)
    #expect(bench.asked == 1)
  }

  @Test func whatTheBoardRefusesIsNotAskedButTold() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let (client, api) = try await acquainted(bench)
    let base = try BoardReader(path: bench.path).base
    bench.publish(
      BoardWord(
        .open, generation: 8, retryTicks: BoardWord.ticks(until: BoardClock.exact + 60_000_000_000, since: base)))
    let denied = await #expect(throws: BreakerDenied.self) { try await api.run {} }
    #expect(denied?.reason == .open && denied?.isByDaemon == true)
    #expect((denied?.retryAfter ?? .zero) > .seconds(30) && (denied?.retryAfter ?? .zero) < .seconds(61))
    bench.publish(BoardWord(.forcedOpen, generation: 8))
    #expect(throws: BreakerDenied(name: "api", reason: .forcedOpen)) { try api.runBlocking {} }
    bench.publish(BoardWord(.halfOpen, generation: 8))
    #expect(throws: BreakerDenied(name: "api", reason: .halfOpen)) { try api.permitBlocking() }
    #expect(bench.asked == 1)
    await client.shutdown()
    let refused = bench.reports.filter { $0.hasPrefix("denied api n=") }
    #expect(refused.reduce(0) { $0 + (Int($1.dropFirst(13).dropLast(6)) ?? 0) } == 3, "\(bench.reports)")
  }

  @Test(arguments: [BoardWord(bits: 0), BoardWord(.closed, asks: true, generation: 7), BoardWord(bits: 15)])
  func whatTheBoardLeavesOpenIsAsked(word: BoardWord) async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let (_, api) = try await acquainted(bench)
    bench.publish(word)
    try await api.run {}
    try api.runBlocking {}
    #expect(bench.asked == 3)
  }

  @Test func anOpenBreakerIsAskedFromItsRetryTimeOn() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let (_, api) = try await acquainted(bench)
    bench.publish(BoardWord(.open, generation: 7, retryTicks: 0))
    // The board is so young that the coarse clock may not have come to its base.
    for _ in 0..<100 {
      if (try? await api.run {}) != nil { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(bench.asked == 2)
  }

  @Test func aNameWithoutSlotIsAskedAndLookedForAgain() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    let (_, api) = try await acquainted(bench)
    try await api.run {}
    #expect(bench.asked == 2)
    bench.closed()
    for _ in 0..<400 {
      let before = bench.asked
      try await api.run {}
      if bench.asked == before { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("never found on the board")
  }

  @Test func aStaleBoardIsNotUsedUntilItLives() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let (client, api) = try await acquainted(bench)
    bench.fallSilent(since: 2_100_000_000)
    try await api.run {}
    try await api.run {}
    #expect(bench.asked == 3)
    bench.revive()
    try await api.run {}
    #expect(bench.asked == 3)
    #expect(await client.statistics.boards == 1)
  }

  @Test func aBoardThatTakesItsPlaceIsFound() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let (client, api) = try await acquainted(bench)
    try bench.begin()
    bench.closed(8)
    for _ in 0..<400 {
      let before = bench.asked
      try await api.run {}
      if bench.asked == before { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(await client.statistics.boards == 2)
    let before = bench.asked
    bench.publish(BoardWord(.forcedOpen, generation: 9))
    #expect(throws: BreakerDenied.self) { try api.runBlocking {} }
    #expect(bench.asked == before)
  }

  @Test func aDaemonThatEndsIsAsked() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let (_, api) = try await acquainted(bench)
    bench.stop()
    try await api.run {}
    #expect(bench.asked == 2)
  }

  @Test(.enabled(if: geteuid() == 0)) func aBoardOfSomebodyElseIsNotUsed() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    chown(bench.path, 65_534, 65_534)
    let (client, api) = try await acquainted(bench)
    try await api.run {}
    #expect(bench.asked == 2)
    #expect(await client.boardFailure?.contains("belongs to user 65534") == true)
  }

  @Test(arguments: ["", "/nonexistent/board", "/etc/passwd", "/tmp"])
  func withoutBoardEachCallAsks(path: String) async throws {
    let bench = try BoardBench(board: path)
    defer { bench.end() }
    let (client, api) = try await acquainted(bench)
    try await api.run {}
    try api.runBlocking {}
    #expect(bench.asked == 3)
    #expect(await client.statistics.boards == 0)
    #expect(await (client.boardFailure == nil) == path.isEmpty)
  }

  @Test func aBoardOfAnotherRunIsNotUsed() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    let other = try BoardWriter(path: bench.path, identity: BoardIdentity(epoch: 2, seed: 1, base: BoardClock.exact))
    try other.place(at: BoardClock.exact)
    let (client, api) = try await acquainted(bench)
    try await api.run {}
    #expect(bench.asked == 2)
    #expect(await client.boardFailure?.contains("another run") == true)
  }

  @Test func whoWantsNoBoardUsesNone() async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed()
    let client = bench.client { $0.useBoard = false }
    for _ in 0..<3 { try await client.breaker("api").run {} }
    #expect(bench.asked == 3)
    #expect(await client.statistics.boards == 0)
  }

  @Test(arguments: [5, 120]) func aSlowCallIsToldAloneWithItsDuration(milliseconds: UInt32) async throws {
    let bench = try BoardBench()
    defer { bench.end() }
    bench.closed(slowCall: milliseconds)
    let (client, api) = try await acquainted(bench)
    try api.runBlocking { _ = usleep((milliseconds + 10) * 1_000) }
    await client.shutdown()
    func isTold() -> Bool {
      bench.reports.contains { line in
        line.split(separator: " ").contains { $0.hasPrefix("ms=") && Int($0.dropFirst(3)) ?? 0 >= milliseconds }
      }
    }
    // The other end may read it a little later.
    for _ in 0..<500 where !isTold() { try await Task.sleep(for: .milliseconds(10)) }
    #expect(isTold(), "\(bench.reports)")
    #expect(bench.reports.allSatisfy { !$0.contains("n=") || !$0.contains("ms=") })
  }
}
