import BreakerStore
import Glibc

/// What the tests of the store need another process for.
///
///     store-torture commit PATH             commits batch after batch, and prints the number of each that is kept
///     store-torture limited PATH BYTES      the same, but no file may grow beyond BYTES; at the first error it prints
///                                           its kind, lifts the limit, commits the batch again, prints its number, ends
///     store-torture open PATH               opens it, as nobody if it is run by root, and prints what comes of it
///     store-torture read PATH               reads it without writing, as nobody, and prints the names
///     store-torture measure PATH            fills a new file, and prints how long things take
///     store-torture load PATH               opens and loads a file, and prints how long that takes
@main struct StoreTorture {
  static func main() throws {
    let arguments = CommandLine.arguments
    switch (arguments.count, arguments.dropFirst().first) {
    case (3, "commit"): try commit(Store(path: arguments[2]))
    case (4, "limited"): try limited(Store(path: arguments[2]), bytes: rlim_t(arguments[3]) ?? 0)
    case (3, "open"): open(arguments[2])
    case (3, "read"): read(arguments[2])
    case (3, "measure"): try measure(arguments[2])
    case (3, "load"): try load(arguments[2])
    default: throw Usage()
    }
  }

  struct Usage: Error {}

  private static func open(_ path: String) {
    if geteuid() == 0 { _ = seteuid(65_534) }
    do throws(StoreError) {
      _ = try Store(path: path)
      say("opens")
    } catch {
      say("\(error.kind)")
    }
  }

  private static func read(_ path: String) {
    if geteuid() == 0 { _ = seteuid(65_534) }
    do throws(StoreError) {
      _ = try Store.load(unwritable: path) { say($0.name) }
    } catch {
      say("\(error.kind)")
    }
  }

  private static func commit(_ store: Store) throws {
    for number in (store.counters.sequence + 1)... {
      try store.commit(batch(number), keepingEvents: 100)
      say("\(number)")
      if number % 16 == 0 { store.checkpointIfIdle() }
    }
  }

  private static func limited(_ store: Store, bytes: rlim_t) throws {
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    let before = limit.rlim_cur
    limit.rlim_cur = bytes
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    for number in (store.counters.sequence + 1)... {
      do throws(StoreError) {
        try store.commit(batch(number))
        say("\(number)")
      } catch {
        say("\(error.kind)")
        limit.rlim_cur = before
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        try store.commit(batch(number))
        return say("\(number)")
      }
    }
  }

  /// All of its rows bear its number, so that a half of it would be seen.
  private static func batch(_ number: Int64) -> Batch {
    Batch(
      rows: (0..<50).map { index in
        BreakerRow(
          name: "breaker-\(index)", state: number % 6, generation: number, sinceWall: number,
          explanation: [UInt8](repeating: 120, count: Int(number % 100)), figures: [UInt8](repeating: 7, count: 200))
      },
      removed: ["gone-\(number - 1)"],
      events: (0..<2).map { EventRow(sequence: number * 2 + $0, at: number, name: "breaker-\($0)", kind: "move") },
      counters: StoredCounters(generation: number, sequence: number))
  }

  private static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(1, bytes, bytes.count)
  }
}
