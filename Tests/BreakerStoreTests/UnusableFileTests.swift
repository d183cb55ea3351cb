import BreakerStore
import Foundation
import Glibc
import Testing

/// Whatever lies where the database should be: it is told apart, and stays as it is.
@Suite struct UnusableFileTests {
  /// Expects that the file cannot be opened, and is left alone.
  private func expectUntouched(
    _ kind: StoreError.Kind, _ scratch: Scratch, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let names = try scratch.names
    let before = try names.map { try scratch.read($0) }
    let error = failure(opening: scratch.database)
    #expect(error?.kind == kind, "\(error?.description ?? "it opens")", sourceLocation: sourceLocation)
    #expect(try scratch.names == names, sourceLocation: sourceLocation)
    #expect(try names.map { try scratch.read($0) } == before, sourceLocation: sourceLocation)
  }

  @Test(arguments: [1, 50, 100, 512, 4_096, 10_000])
  func aFileThatIsNoDatabase(_ size: Int) throws {
    let scratch = try Scratch()
    try scratch.write(Data((0..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }))
    try expectUntouched(.noDatabase, scratch)
  }

  @Test func anEmptyFileWithALog() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("api")]))
    let log = try scratch.read("db-wal")
    store.close()
    try scratch.write(Data())
    try scratch.write(log, to: "db-wal")
    #expect(failure(opening: scratch.database)?.kind == .corrupt)
    #expect(try scratch.read() == Data())
    #expect(try scratch.read("db-wal") == log)
    // A log with nothing in it is no sign of anything.
    try scratch.write(Data(), to: "db-wal")
    #expect(failure(opening: scratch.database) == nil)
  }

  @Test func aFileOfZeros() throws {
    let scratch = try Scratch()
    try scratch.write(Data(count: 4_096))
    try expectUntouched(.corrupt, scratch)
  }

  @Test(arguments: ["PRAGMA application_id = 7; CREATE TABLE t (a)", "CREATE TABLE t (a)", "PRAGMA user_version = 1"])
  func aDatabaseOfAnotherProgram(_ sql: String) throws {
    let scratch = try Scratch()
    try behind(scratch.database, sql)
    try expectUntouched(.foreign, scratch)
    try behind(scratch.database, "PRAGMA journal_mode = WAL; CREATE TABLE u (a)")
    try expectUntouched(.foreign, scratch)
  }

  @Test func aFileOfANewerVersion() throws {
    let scratch = try Scratch()
    try Store(path: scratch.database).commit(Batch(rows: [.plain("api")]))
    try behind(scratch.database, "PRAGMA user_version = 2; CREATE TABLE news (a)")
    try expectUntouched(.newer(2), scratch)
    #expect(failure(opening: scratch.database)?.description.contains("version 2") == true)
  }

  /// The newer program was killed right after it had changed the layout.
  @Test func aNewerVersionThatIsOnlyInTheLog() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: [.plain("api")]))
    store.close()
    try leaveLog(scratch, "PRAGMA user_version = 9")
    try expectUntouched(.newer(9), scratch)
  }

  /// Does something whose outcome is only in the log afterwards, as after a crash.
  private func leaveLog(_ scratch: Scratch, _ sql: String) throws {
    let other = try Scratch()
    try other.write(scratch.read())
    // The file as it is, and a log that a connection still open has written.
    let store = try Store(path: other.database)
    store.close()
    let log = try withOpenLog(other.database, sql) { try other.read("db-wal") }
    try scratch.write(log, to: "db-wal")
  }

  @Test(arguments: [60, 99, 100, 1_000, 4_096, 8_192])
  func aFileCutOff(_ size: Int) throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: (0..<500).map { .plain("breaker-\($0)") }))
    store.close()
    try scratch.write(scratch.read().prefix(size))
    try expectUntouched(.corrupt, scratch)
  }

  @Test func damagedPages() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    try store.commit(Batch(rows: (0..<500).map { .plain("breaker-\($0)") }))
    store.close()
    let whole = try scratch.read()
    // The structure of each page but the first, in turn: its kind, and its count of cells.
    for page in 1..<whole.count / 4_096 {
      var damaged = whole
      damaged[page * 4_096] ^= 0xFF
      damaged[page * 4_096 + 4] ^= 0x7F
      try scratch.write(damaged)
      try expectUntouched(.corrupt, scratch)
    }
  }

  /// Wherever a bit flips: it is noticed, or the row is as it was.
  @Test func aFlippedBitIsNeverBelieved() throws {
    let scratch = try Scratch()
    let store = try Store(path: scratch.database)
    let rows = (100..<130).map { BreakerRow.plain("breaker-\($0)", generation: $0) }
    try store.commit(Batch(rows: rows, counters: StoredCounters(generation: 1_000, sequence: 1_000)))
    store.close()
    let whole = try scratch.read()
    var (refused, skipped, unharmed) = (0, 0, 0)
    for place in stride(from: 4_096 + 3, to: whole.count, by: 61) {
      try? FileManager.default.removeItem(atPath: scratch["db-wal"])
      var damaged = whole
      damaged[place] ^= 1 << UInt8(place % 8)
      try scratch.write(damaged)
      guard let store = try? Store(path: scratch.database) else {
        refused += 1
        continue
      }
      #expect(store.counters == StoredCounters(generation: 1_000, sequence: 1_000))
      var report = LoadReport()
      do throws(StoreError) {
        report = try store.load { row in #expect(rows.contains(row)) }
      } catch {
        refused += 1
        continue
      }
      if report.damaged > 0 { skipped += 1 } else { unharmed += 1 }
      #expect(report.rows + report.damaged == rows.count)
    }
    #expect(refused > 0 && skipped > 0 && unharmed > 0, "\(refused) \(skipped) \(unharmed)")
  }

  @Test(arguments: [
    "DROP TABLE events", "ALTER TABLE breakers DROP COLUMN content", "DELETE FROM counters",
    "UPDATE counters SET generation = 0",
  ])
  func tablesThatAreNotOurs(_ sql: String) throws {
    let scratch = try Scratch()
    try Store(path: scratch.database).commit(Batch(counters: StoredCounters(generation: 5, sequence: 5)))
    try behind(scratch.database, sql)
    try expectUntouched(.corrupt, scratch)
  }

  @Test func aFileThatMayOnlyBeRead() throws {
    let scratch = try Scratch()
    try Store(path: scratch.database).commit(Batch(rows: [.plain("api")]))
    chmod(scratch.database, 0o444)
    chmod(scratch.directory, 0o555)
    defer { chmod(scratch.directory, 0o755) }
    // Another process, which is not root: root may write everywhere.
    #expect(try Torture("open", scratch.database).finished() == ["readOnly"])
    #expect(try Torture("open", scratch["another"]).finished() == ["cantOpen"])
    // What is in it can be had all the same.
    #expect(try Torture("read", scratch.database).finished() == ["api"])
    #expect(try scratch.names == ["db"])
  }

  @Test func aFileThatMayOnlyBeReadAndItsLog() throws {
    let scratch = try Scratch()
    let path = scratch["odd?#%25"]
    let store = try Store(path: path)
    try store.commit(Batch(rows: [.plain("api")]))
    // As a crash leaves it.
    for name in ["odd?#%25", "odd?#%25-wal"] {
      try scratch.write(scratch.read(name), to: "copy-" + name)
      chmod(scratch["copy-" + name], 0o444)
    }
    store.close()
    chmod(scratch.directory, 0o777)
    let names = try scratch.names
    #expect(try Torture("read", scratch["copy-odd?#%25"]).finished() == ["api"])
    #expect(try scratch.names == names)
    #expect(try Torture("read", scratch["none"]).finished() == ["cantOpen"])
  }
}
