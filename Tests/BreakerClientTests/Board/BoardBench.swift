import BreakerBoard
import Foundation
import Glibc
import Synchronization

@testable import BreakerClient

/// A board whose daemon is a script: it greets with the board's path, and answers each `allow` alike.
///
/// Not checked by the compiler: the lock guards the writer.
final class BoardBench: @unchecked Sendable {
  let directory: String
  let server: ScriptedServer
  private let lock = NSLock()
  private var writer: BoardWriter?
  private let isAlive = Atomic<Bool>(true)
  private let isOver = Atomic<Bool>(false)

  init(answer: String = "allow closed 7", board: String? = nil) throws {
    let directory = "/tmp/breaker-board-\(getpid())-\(UInt32.random(in: 0...(.max)))"
    mkdir(directory, 0o700)
    self.directory = directory
    let path = board ?? directory + "/board"
    server = ScriptedServer { tag, line, _ in
      if line.hasPrefix("hello") { return .reply("+\(tag) ok epoch=1 board=\(path)") }
      return line.hasPrefix("allow") ? .reply("+\(tag) \(answer)") : .nothing
    }
    try begin()
    Thread.detachNewThread { [self] in
      while !isOver.load(ordering: .acquiring) {
        if isAlive.load(ordering: .acquiring) { lock.withLock { writer?.beat(at: BoardClock.exact) } }
        usleep(20_000)
      }
    }
  }

  /// Ends it, and removes its files.
  func end() {
    isOver.store(true, ordering: .releasing)
    server.stop()
    try? FileManager.default.removeItem(atPath: directory)
  }

  var path: String { directory + "/board" }
  /// How often the daemon was asked for leave.
  var asked: Int { server.lines.count { $0.hasPrefix("allow") } }
  var reports: [String] { server.lines.filter { !$0.hasPrefix("allow") && !$0.hasPrefix("hello") } }

  func client(_ change: (inout BreakerClient.Configuration) -> Void = { _ in }) -> BreakerClient {
    var configuration = BreakerClient.Configuration(socketPath: server.path)
    configuration.onUnavailable = .deny
    configuration.deadline = .seconds(60)
    configuration.logger = nil
    change(&configuration)
    return BreakerClient(configuration: configuration)
  }

  /// Puts another file into the place of the one that is there, as a daemon that starts does.
  func begin() throws {
    let next = try BoardWriter(
      path: path, identity: BoardIdentity(epoch: 1, seed: .random(in: 0...(.max)), base: BoardClock.exact))
    try next.place(at: BoardClock.exact)
    lock.withLock { writer = next }
  }

  func publish(_ word: BoardWord, slowCall: UInt32 = 0, for name: String = "api") {
    lock.withLock {
      _ = Array(name.utf8).withUnsafeBytes { writer?.publish(word, slowCall: slowCall, for: $0) }
    }
  }

  func closed(_ generation: UInt64 = 7, slowCall: UInt32 = 0) {
    publish(BoardWord(.closed, generation: generation), slowCall: slowCall)
  }

  /// The heartbeat stops, and is so old.
  func fallSilent(since nanoseconds: UInt64) {
    isAlive.store(false, ordering: .releasing)
    lock.withLock { writer?.beat(at: BoardClock.exact - nanoseconds) }
  }

  func revive() {
    lock.withLock { writer?.beat(at: BoardClock.exact) }
    isAlive.store(true, ordering: .releasing)
  }

  func stop() { lock.withLock { writer?.stop() } }
}
