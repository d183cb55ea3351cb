import Glibc
import Synchronization
import Testing

/// One state directory, and the daemons that live on it one after the other while several clients change breakers.
final class Lives {
  private static let options = [
    "--default", "trip.consecutive_failures=1", "--default", "open.duration=300ms", "--log-level", "error",
  ]

  let scratch: ScratchDirectory
  private let ledgers: [Ledger]
  private var number = 0
  /// The newest generation and event number that anybody has seen.
  private var generation: Int?
  private var sequence = 0

  init(clients: Int = 4, seed: UInt64) throws {
    scratch = try ScratchDirectory()
    ledgers = (0..<clients).map { Ledger("c\($0)", seed: seed &+ UInt64($0)) }
  }

  var acknowledged: Int { ledgers.map(\.acknowledged).reduce(0, +) }
  var unsaved: Int { ledgers.map(\.unsaved).reduce(0, +) }

  /// One life: it is checked first, then put under load until `end` has ended it.
  func live(failpoint: String? = nil, until end: @escaping @Sendable (DaemonProcess) throws -> Void) throws {
    number += 1
    let daemon = try DaemonProcess(Self.options, in: scratch, failpoint: failpoint)
    let watching: Handover
    do {
      try check(daemon)
      // The watcher must be there before anything happens.
      watching = Handover(client: try daemon.admin())
      _ = try watching.client.list("watch")
    } catch  where failpoint != nil {
      // Being checked and what earlier lives left to do are commits too: such a life may end with one of them.
      #expect(daemon.child.wait(within: .seconds(1)) == .signal(SIGKILL), "\(error)")
      return
    }
    let watched = Watched()
    let ledgers = self.ledgers
    try onThreads(ledgers.count + 2) { thread in
      switch thread {
      case 0: try end(daemon)
      case 1: watched.follow(watching.client)
      default: ledgers[thread - 2].work(daemon)
      }
    }
    sequence = max(sequence, watched.newest)
    if let first = generation {
      for seen in ledgers.flatMap(\.generations) where Self.isLater(seen, than: generation ?? first) {
        generation = seen
      }
    }
    #expect(daemon.child.wait() != nil)
  }

  /// A last life, only to be looked at; returns the events that are kept.
  @discardableResult
  func finish() throws -> [[String: String]] {
    number += 1
    let daemon = try DaemonProcess(Self.options, in: scratch)
    try check(daemon)
    let events = try Self.events(daemon.admin())
    #expect(daemon.health.hasPrefix("+ok healthy"), "\(daemon.health)")
    #expect(daemon.stop() == .exit(0))
    return events
  }

  private func check(_ daemon: DaemonProcess) throws {
    let admin = try daemon.admin()
    // Numbers of this life are greater than all those before.
    let fresh = "fresh-\(number)"
    let reply = try admin.ask("allow \(fresh)")
    let generation = try #require(Int(reply.split(separator: " ").last ?? ""), "\(reply)")
    if let before = self.generation {
      #expect(Self.isLater(generation, than: before), "generation \(generation) after \(before)")
    }
    self.generation = generation
    #expect(try admin.ask("set \(fresh) half_open.probes=2") == "+ok 1")
    let events = try Self.events(admin, since: sequence)
    let numbers = events.compactMap { $0["seq"].flatMap { Int($0) } }
    #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
    #expect(events.contains { $0["name"] == fresh && $0["event"] == "set" }, "no event of \(fresh) after \(sequence)")
    sequence = max(sequence, numbers.last ?? 0)
    for ledger in ledgers { try ledger.check(admin, "life \(number)") }
  }

  /// Whether a generation of 24 bits is later than another that is not long ago.
  private static func isLater(_ generation: Int, than before: Int) -> Bool {
    (1..<1 << 23).contains((generation - before) & 0xFF_FFFF)
  }

  /// All events after a number, asked for in pages.
  static func events(_ client: LineClient, since: Int = 0) throws -> [[String: String]] {
    var (events, since): ([[String: String]], String?) = ([], "\(since)")
    while let number = since {
      let page = try client.list("events * since=\(number) limit=1000")
      guard page.header.hasPrefix("*") else { throw LineClient.Failure.closed(page.header) }
      events += page.rows.map(fields)
      since = fields(page.header)["cursor"]
    }
    return events
  }
}

/// Event numbers that a watcher was told.
private final class Watched: Sendable {
  private let numbers = Mutex(0)

  var newest: Int { numbers.withLock { $0 } }

  /// Reads until the daemon is gone.
  func follow(_ client: LineClient) {
    while let line = try? client.nextLine() {
      guard line.hasPrefix("> transition "), let number = fields(line)["seq"].flatMap({ Int($0) }) else { continue }
      numbers.withLock { newest in
        // Not in order where it has fallen behind.
        newest = max(newest, number)
      }
    }
  }
}

/// A client that one thread makes and another uses.
private struct Handover: @unchecked Sendable {
  let client: LineClient
}
