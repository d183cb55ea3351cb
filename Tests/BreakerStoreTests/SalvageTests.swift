import BreakerStore
import Foundation
import Glibc
import TestSupport
import Testing

/// What is carried over from a damaged database.
@Suite struct SalvageTests {
  private let scratch: Scratch
  /// The rows that were committed last, and all that ever were.
  private let rows: [BreakerRow]
  private let versions: [String: [BreakerRow]]
  private let events: [EventRow]

  /// A database in which each row was saved several times, many were removed, and some are larger than a page.
  init() throws {
    scratch = try Scratch()
    let store = try Store(path: scratch.database)
    var rows: [BreakerRow] = []
    var versions: [String: [BreakerRow]] = [:]
    for round in 1...3 {
      rows = (0..<400).map { number in
        var row = BreakerRow.plain("breaker-\(number)", generation: Int64(round * 1_000 + number))
        row.overrides = "open.duration=\(round)s"
        row.figures = [UInt8](repeating: UInt8(round), count: number % 50 == 0 ? 9_000 : number % 7 * 30)
        return row
      }
      try store.commit(Batch(rows: rows))
      for row in rows { versions[row.name, default: []].append(row) }
    }
    let removed = Set((0..<400).filter { $0 % 3 == 0 && $0 % 50 != 0 }.map { "breaker-\($0)" })
    try store.commit(Batch(removed: removed.sorted()))
    rows.removeAll { removed.contains($0.name) }
    events = (1...300).map {
      EventRow(sequence: $0, at: $0, name: "breaker-\($0)", kind: "transition", details: "to=open")
    }
    try store.commit(Batch(events: events, counters: StoredCounters(generation: 9_000, sequence: 900)))
    store.close()
    self.rows = rows
    self.versions = versions
  }

  /// Opens what has taken the place of the damaged file.
  private func replaced() throws -> (rows: [BreakerRow], events: [EventRow], counters: StoredCounters, SalvageReport) {
    let (aside, report) = try Store.replaceDamaged(path: scratch.database)
    #expect(FileManager.default.fileExists(atPath: aside))
    let store = try Store(path: scratch.database)
    var found: [BreakerRow] = []
    let load = try store.load { found.append($0) }
    #expect(load.damaged == 0 && found.count == report.rows)
    let events = try store.events(matching: { _ in true }, since: 0, limit: 1_000, scan: 1_000).rows
    #expect(events.count == report.events)
    let counters = store.counters
    store.close()
    for name in try scratch.names where name != "db" { try FileManager.default.removeItem(atPath: scratch[name]) }
    return (found, events, counters, report)
  }

  /// Every row found was committed so once, and so many are as they were committed last. What was overwritten or removed lies
  /// about for a while, and is found where nothing newer is.
  private func expectTrue(_ found: [BreakerRow], atLeast count: Int, _ what: String) {
    for row in found { #expect(versions[row.name]?.contains(row) == true, "\(what): \(row.name)") }
    let current = found.filter { row in rows.contains(row) }.count
    #expect(current >= count, "\(what): \(current) of \(rows.count)")
    #expect(found.count <= rows.count + 134, "\(what): \(found.count) of \(rows.count)")
  }

  @Test func allButWhatWasOnADamagedPage() throws {
    let whole = try scratch.read()
    for page in 1..<whole.count / 4_096 {
      var damaged = whole
      damaged[page * 4_096] ^= 0xFF
      damaged[page * 4_096 + 4] ^= 0x7F
      try scratch.write(damaged)
      let found = try replaced()
      // The list of the page is damaged, but not its rows; of a page that a large row goes on on, that row is gone.
      expectTrue(found.rows, atLeast: rows.count - 1, "page \(page)")
      #expect(found.counters.generation >= 9_000 && found.counters.sequence >= 900)
      #expect(Set(found.events.map(\.sequence)).isSubset(of: Set(events.map(\.sequence))))
    }
  }

  @Test func allOfItWhereOnlyEventsAreDamaged() throws {
    var damaged = try scratch.read()
    // Leaves of `events` have kind 13; the first of them, of which the start of the list goes.
    let pages = (1..<damaged.count / 4_096).filter { damaged[$0 * 4_096] == 13 }
    let page = try #require(pages.dropFirst().first)
    damaged[page * 4_096 + 5] = 0xFF
    damaged[page * 4_096 + 8] = 0xFF
    try scratch.write(damaged)
    let found = try replaced()
    #expect(found.3.isWhole)
    expectTrue(found.rows, atLeast: rows.count, "events")
    #expect(found.rows.count == rows.count && found.events.count > events.count / 2)
    #expect(found.events.map(\.sequence) == found.events.map(\.sequence).sorted())
  }

  /// The leaves of `breakers`, which have kind 10, and how many rows the list of each names.
  private func leaves(_ file: Data) -> [(page: Int, count: Int)] {
    (1..<file.count / 4_096).filter { file[$0 * 4_096] == 10 }.map { ($0, Int(file[$0 * 4_096 + 4])) }
  }

  /// Writes that went to each other's place, or did not happen: SQLite reads on, and would write beside what it reads.
  @Test(arguments: [true, false]) func rowsOutOfOrder(_ bothMoved: Bool) throws {
    let whole = try scratch.read()
    let pages = leaves(whole).map { $0.page * 4_096..<($0.page + 1) * 4_096 }
    var damaged = whole
    damaged.replaceSubrange(pages[2], with: whole[pages[5]])
    if bothMoved { damaged.replaceSubrange(pages[5], with: whole[pages[2]]) }
    try scratch.write(damaged)
    #expect(failure(opening: scratch.database)?.kind == .corrupt)
    let found = try replaced()
    #expect(!found.3.isWhole)
    #expect(Set(found.rows.map(\.name)).count == found.rows.count)
    expectTrue(found.rows, atLeast: bothMoved ? rows.count : rows.count - 100, "moved")
  }

  @Test func aPageThatForgetsSomeOfItsRows() throws {
    let whole = try scratch.read()
    let leaf = try #require(leaves(whole).max { $0.count < $1.count })
    var damaged = whole
    damaged[leaf.page * 4_096 + 4] = UInt8(leaf.count / 2)
    try scratch.write(damaged)
    let found = try replaced()
    #expect(!found.3.isWhole)
    expectTrue(found.rows, atLeast: rows.count, "cell count")
  }

  @Test func aPageThatSaysItIsOfEvents() throws {
    let whole = try scratch.read()
    let leaf = try #require(leaves(whole).max { $0.count < $1.count })
    var damaged = whole
    damaged[leaf.page * 4_096] = 13
    try scratch.write(damaged)
    expectTrue(try replaced().rows, atLeast: rows.count, "kind")
  }

  @Test(arguments: [0, 1, 50, 99]) func theFirstPageIsGone(_ from: Int) throws {
    var damaged = try scratch.read()
    for place in from..<4_096 { damaged[place] = 0 }
    try scratch.write(damaged)
    #expect(failure(opening: scratch.database) != nil)
    expectTrue(try replaced().rows, atLeast: rows.count * 9 / 10, "from \(from)")
  }

  @Test(arguments: [2, 5, 10]) func aFileCutOff(_ part: Int) throws {
    let whole = try scratch.read()
    try scratch.write(whole.prefix(whole.count * part / 11))
    expectTrue(try replaced().rows, atLeast: part == 2 ? 1 : rows.count / 4, "\(part) of 11")
  }

  /// After a crash the newest rows are only in the log; the file is damaged besides.
  @Test func rowsThatAreOnlyInTheLog() throws {
    let other = try Scratch()
    try other.write(scratch.read())
    let store = try Store(path: other.database)
    let newer = rows.prefix(100).map { row in
      var row = row
      row.generation += 100_000
      row.overrides = "newer"
      return row
    }
    try store.commit(Batch(rows: Array(newer)))
    let log = try other.read("db-wal")
    store.close()
    var damaged = try scratch.read()
    for place in 0..<100 { damaged[place] = 0x55 }
    try scratch.write(damaged)
    try scratch.write(log, to: "db-wal")
    let found = try replaced().rows
    let known = Dictionary(uniqueKeysWithValues: (newer + rows.dropFirst(100)).map { ($0.name, $0) })
    for row in found { #expect(known[row.name] == row) }
    #expect(newer.allSatisfy { row in found.contains(row) })
  }

  @Test func rubbishGivesNothing() throws {
    var random = SplitMix64(seed: 3)
    for size in [0, 1, 100, 4_096, 50_000] {
      try scratch.write(Data((0..<size).map { _ in UInt8.random(in: 0 ... .max, using: &random) }))
      #expect(try Store.salvage(path: scratch.database, { _ in }).rows == 0)
    }
  }

  /// Whatever happens to bytes: no row is invented, nothing crashes.
  @Test func randomDamage() throws {
    var random = SplitMix64(seed: 11)
    let whole = try scratch.read()
    var least = Int.max
    for _ in 0..<60 {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        let place = Int.random(in: 0..<damaged.count, using: &random)
        for offset in 0..<Int.random(in: 1...64, using: &random) where place + offset < damaged.count {
          damaged[place + offset] = UInt8.random(in: 0 ... .max, using: &random)
        }
      }
      try scratch.write(damaged)
      let found = try replaced().rows
      // A row of before may come back whose newer one is gone; it is one that was committed, at least.
      #expect(found.allSatisfy { $0.name.hasPrefix("breaker-") && $0.overrides.hasPrefix("open.duration=") })
      least = min(least, found.count)
    }
    #expect(least > rows.count / 2, "\(least) of \(rows.count)")
  }

  @Test func onceAndNotAgain() throws {
    try scratch.write(Data(repeating: 7, count: 5_000))
    let (aside, _) = try Store.replaceDamaged(path: scratch.database)
    #expect(Store.earlierSetAside(path: scratch.database) == aside)
    try scratch.write(Data(repeating: 8, count: 5_000))
    #expect(throws: StoreError.self) { try Store.replaceDamaged(path: scratch.database) }
    #expect(try scratch.read() == Data(repeating: 8, count: 5_000))
    #expect(try scratch.names.count == 2)
    try FileManager.default.removeItem(atPath: aside)
    #expect(Store.earlierSetAside(path: scratch.database) == nil)
  }

  /// Ended at each step: the next start goes on with what is there.
  @Test func anEndInBetween() throws {
    let whole = try scratch.read()
    // While it was being made: the damaged file is in its place, and the draft is of no use.
    try scratch.write(Data(repeating: 7, count: 5_000))
    try scratch.write(Data(repeating: 9, count: 100), to: "db.salvaging")
    _ = try Store.replaceDamaged(path: scratch.database)
    #expect(try scratch.names.allSatisfy { $0 == "db" || $0.hasPrefix("db.damaged-") })
    // Set aside, and the new one not yet in its place.
    try FileManager.default.moveItem(atPath: scratch.database, toPath: scratch["gone"])
    try scratch.write(whole, to: "db.salvaged")
    let store = try Store(path: scratch.database)
    var count = 0
    _ = try store.load { _ in count += 1 }
    #expect(count == rows.count)
    #expect(try !scratch.names.contains("db.salvaged"))
  }

  /// SQLite itself deletes the log of a file that is shorter than a page, whatever it is opened for.
  @Test(arguments: [0, 1, 100]) func whatOnlyTheLogHoldsIsCarriedOver(length: Int) throws {
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("payments", generation: 9_500), .plain("search", generation: 9_501)]))
    // As after a kill: the log is there.
    let copy = try Scratch()
    for name in ["db", "db-wal"] { try FileManager.default.copyItem(atPath: scratch[name], toPath: copy[name]) }
    store.close()
    #expect(truncate(copy.database, length) == 0)
    let log = try #require(FileManager.default.contents(atPath: copy["db-wal"]))
    #expect(failure { () throws(StoreError) in _ = try Store.examine(path: copy.database) }?.kind == .corrupt)
    #expect(failure(opening: copy.database)?.kind == .corrupt)
    var found: Set<String> = []
    let report = try Store.salvage(path: copy.database) { found.insert($0.name) }
    #expect(report.rows == found.count && found.isSuperset(of: ["payments", "search"]), "\(found)")
    #expect(FileManager.default.contents(atPath: copy["db-wal"]) == log)
    let (aside, kept) = try Store.replaceDamaged(path: copy.database)
    #expect(kept.rows == report.rows)
    #expect(FileManager.default.contents(atPath: aside + "-wal") == log)
    #expect(Set(try Store(path: copy.database).all().map(\.name)) == found)
  }

  @Test func aFileThatIsCutOffWhileItIsOpenIsNoticed() throws {
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("payments")]))
    #expect(truncate(scratch.database, 0) == 0)
    #expect(failure { () throws(StoreError) in try store.commit(Batch(rows: [.plain("search")])) }?.kind == .gone)
    store.close()
    #expect(try scratch.names.contains("db-wal"))
    #expect(try Store.salvage(path: scratch.database, { _ in }).rows > 0)
  }

  @Test func whatIsDamagedIsSaidBeforeAStart() throws {
    #expect(try Store.examine(path: scratch.database) == LoadReport(rows: rows.count))
    try behind(scratch.database, "UPDATE events SET kind = 'reset' WHERE sequence IN (5, 7)")
    var expected = LoadReport(rows: rows.count)
    expected.damagedEvents = 2
    #expect(try Store.examine(path: scratch.database) == expected)
    try behind(scratch.database, "UPDATE counters SET generation = 1")
    #expect(failure { () throws(StoreError) in _ = try Store.examine(path: scratch.database) }?.kind == .corrupt)
    let empty = try Scratch()
    #expect(FileManager.default.createFile(atPath: empty.database, contents: nil))
    #expect(try Store.examine(path: empty.database) == LoadReport())
  }

  /// A bit of a name has changed, and it is that of another row now.
  @Test func aDamagedNameThatIsAnothers() throws {
    let old = Array("breaker-394".utf8)
    var damaged = try scratch.read()
    while let place = damaged.firstRange(of: old) { damaged[place.upperBound - 1] ^= 1 }
    try scratch.write(damaged)
    #expect(failure(opening: scratch.database)?.kind == .corrupt)
    let found = try replaced()
    expectTrue(found.rows, atLeast: rows.count - 1, "names")
    #expect(found.rows.contains { $0.name == "breaker-395" })
  }

  @Test func damagedEventsAreCountedAndTakenOutToo() throws {
    try behind(scratch.database, "UPDATE events SET reason = 'forged' WHERE sequence IN (7, 200)")
    let store = try Store(path: scratch.database)
    let first = try store.damagedEvents(since: .min, scan: 100)
    #expect(first.count == 1 && first.next == 100)
    let rest = try store.damagedEvents(since: 100, scan: 1_000)
    #expect(rest.count == 1 && rest.next == nil)
    let copy = try store.setDamagedRowsAside()
    #expect(try store.damagedEvents(since: .min, scan: 1_000).count == 0)
    #expect(try store.load { _ in } == LoadReport(rows: rows.count))
    #expect(try Store.examine(path: copy).damagedEvents == 2)
  }

  /// A copy that a crash has left half made is no file set aside.
  @Test func aCopyThatIsHalfMadeIsRemoved() throws {
    let partial = scratch.database + ".damaged-20260101T000000Z.partial"
    #expect(FileManager.default.createFile(atPath: partial, contents: Data("half".utf8)))
    #expect(Store.earlierSetAside(path: scratch.database) == nil)
    try Store(path: scratch.database).close()
    #expect(!FileManager.default.fileExists(atPath: partial))
  }

  @Test func onlyAFileIsExamined() throws {
    #expect(failure { () throws(StoreError) in _ = try Store.examine(path: "/dev/null") }?.kind == .notAFile)
  }

  @Test func damagedRowsAreTakenOutOnceWithACopyOfAll() throws {
    try behind(scratch.database, "UPDATE breakers SET checksum = checksum + 1 WHERE name = 'breaker-1'")
    try behind(scratch.database, "UPDATE breakers SET name = CAST(x'FF' || name AS TEXT) WHERE name = 'breaker-2'")
    let store = try Store(path: scratch.database)
    #expect(try store.load { _ in }.damaged == 2)
    let copy = try store.setDamagedRowsAside()
    #expect(try store.load { _ in } == LoadReport(rows: rows.count - 2))
    #expect(try Store.load(unwritable: copy) { _ in }.damaged == 2)
    #expect(Store.earlierSetAside(path: scratch.database) == copy)
    try behind(copy, "DELETE FROM events")
    #expect(failure { () throws(StoreError) in _ = try store.setDamagedRowsAside() } != nil)
  }
}
