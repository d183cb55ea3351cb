import BreakerStore
import Glibc

extension StoreTorture {
  /// Prints how long a busy host's store takes for this and that. There must be no file at `path`.
  static func measure(_ path: String) throws {
    let store = try Store(path: path)
    let trips = (0..<100_000).shuffled().map { row(number: $0, state: 1) }
    try timed("100,000 rows, new") { try store.commit(Batch(rows: trips)) }
    try timed("100,000 rows again") { try store.commit(Batch(rows: trips)) }
    let events = (1...100_000).map {
      EventRow(
        sequence: $0, at: $0, name: name(Int($0)), kind: "transition",
        details: "from=closed to=open cause=consecutive_failures run=5 threshold=5 until_ms=5000")
    }
    try timed("100,000 rows again with 100,000 events") { try store.commit(Batch(rows: trips, events: events)) }
    try timed("one row, 1,000 times") {
      for trip in trips.prefix(1_000) { try store.commit(Batch(rows: [trip])) }
    }
    try timed("64 rows, 1,000 times") {
      for start in 0..<1_000 { try store.commit(Batch(rows: Array(trips[start * 64..<start * 64 + 64]))) }
    }
    try timed("one event, trimming 1,000 of 100,000") {
      let last = EventRow(sequence: 100_001, at: 0, name: name(0), kind: "transition")
      try store.commit(Batch(events: [last]), keepingEvents: 99_000)
    }
    try timed("looking at 10,000 events") {
      _ = try store.events(matching: { $0.hasSuffix("7") }, since: 0, limit: 10_000, scan: 10_000)
    }
    for hundredThousand in 1..<10 {
      try store.commit(
        Batch(rows: (0..<100_000).map { row(number: hundredThousand * 100_000 + $0, state: 0) }))
    }
    try timed("100,000 scattered rows of 1,000,000") {
      try store.commit(Batch(rows: (0..<100_000).map { row(number: $0 * 10, state: 2) }.shuffled()))
    }
    timed("checkpoint") { store.checkpointIfIdle() }
    try timed("backup of 1,000,000 rows") { try store.backup(to: path + ".copy") }
    store.close()
    try load(path)
  }

  /// Prints how long it takes to start with the file at `path`.
  static func load(_ path: String) throws {
    var opened: Store?
    try timed("opening") { opened = try Store(path: path) }
    guard let opened else { return }
    print("  of that the check took \(opened.checkDuration.milliseconds) ms")
    var openings: Int64 = 0
    try timed("loading") { print(try opened.load { openings += $0.openings }) }
  }

  private static func name(_ number: Int) -> String { "payments-api.example.com-\(number)" }

  private static func row(number: Int, state: Int64) -> BreakerRow {
    BreakerRow(
      name: name(number), state: state, generation: Int64(number), sinceWall: 1_790_000_000_000_000,
      untilWall: 1_790_000_005_000_000, length: 5_000_000, openings: 1,
      explanation: [UInt8](repeating: 5, count: state == 1 ? 60 : 0),
      figures: [UInt8](repeating: 3, count: 32))
  }

  private static func timed(_ what: String, _ body: () throws -> Void) rethrows {
    let before = processorTime()
    let duration = try ContinuousClock().measure(body)
    print("\(what): \(duration.milliseconds) ms, of the processor \((processorTime() - before).milliseconds) ms")
  }

  private static func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
