internal import CSQLite
internal import Glibc

/// What was carried over from a damaged database.
public struct SalvageReport: Equatable, Sendable {
  /// Breakers.
  public var rows = 0
  /// Events.
  public var events = 0
  /// Whether SQLite found its way to every breaker that is there; if not, some may be missing, or be as they were a while ago.
  public var isWhole = false

  /// Nothing.
  public init() {}
}

extension Store {
  /// Puts a new database in the place of a damaged one, with all of it whose checksums are right: rows that SQLite reads, and where it
  /// does not find its way, rows found in the bytes of the file and its log. The damaged file is kept beside it, as
  /// ``setAside(path:)`` does, once: as long as an earlier one is there, nothing is done, and this throws.
  ///
  /// Nobody may have the file open. An end of the process in between leaves the damaged file in its place, or the new one.
  ///
  /// - Returns: Where the damaged file is now, and what was carried over.
  /// - Throws: ``StoreError`` when there is no room, or the directory cannot be written.
  public static func replaceDamaged(path: String) throws(StoreError) -> (aside: String, report: SalvageReport) {
    let path = try StoreFile.literal(path)
    try SetAside.requireNoEarlier(path)
    let draft = path + SetAside.draft
    StoreFile.remove(draft)
    try requireRoom(for: path)
    let report: SalvageReport
    do throws(StoreError) {
      let store = try Store(path: draft)
      report = try salvage(path) { batch throws(StoreError) in try store.commit(batch) }
      store.close()
    } catch {
      StoreFile.remove(draft)
      throw error
    }
    try StoreFile.rename(draft, to: path + SetAside.ready)
    let aside = try SetAside.perform(path)
    try StoreFile.rename(path + SetAside.ready, to: path)
    try StoreFile.synchronize(StoreFile.split(path).directory, directory: true)
    return (aside, report)
  }

  /// Makes sure that as much room is left as the file and its log take: others need the disk as well.
  private static func requireRoom(for path: String) throws(StoreError) {
    let needed = try StoreFile.size(path) + ((try? StoreFile.size(path + "-wal")) ?? 0)
    var room = statvfs()
    guard statvfs(StoreFile.split(path).directory, &room) == 0,
      UInt64(room.f_bavail) < UInt64(needed) / max(UInt64(room.f_frsize), 1)
    else { return }
    throw StoreError(.full, "it is damaged, and there is no room for another: \(needed) bytes are needed", path: path)
  }

  /// Hands over what could be carried over from a file. Nothing is changed, but SQLite may leave an index of the log beside it.
  ///
  /// - Throws: ``StoreError`` when the file cannot be read.
  public static func salvage(path: String, _ each: (BreakerRow) -> Void) throws(StoreError) -> SalvageReport {
    try salvage(StoreFile.literal(path)) { batch throws(StoreError) in for row in batch.rows { each(row) } }
  }

  /// Hands over all that is to be kept, in batches.
  private static func salvage(
    _ path: String, _ keep: (Batch) throws(StoreError) -> Void
  ) throws(StoreError) -> SalvageReport {
    var report = SalvageReport()
    /// The generation of each breaker.
    var known: [String: Int64] = [:]
    var batch = Batch()
    var generation: Int64 = 0
    var sequence: Int64 = 0
    func flush() throws(StoreError) {
      try keep(batch)
      batch = Batch()
    }
    func isKnown(_ row: BreakerRow) -> Bool { known[row.name].map { $0 >= row.generation } ?? false }
    func take(_ row: BreakerRow) throws(StoreError) {
      guard !isKnown(row) else { return }
      if known.updateValue(row.generation, forKey: row.name) == nil { report.rows += 1 }
      generation = max(generation, row.generation)
      batch.rows.append(row)
      if batch.rows.count >= 256 { try flush() }
    }

    let reading = try? SalvageReading(path)
    if let reading {
      report.isWhole = try reading.breakers(take)
      try reading.events { event throws(StoreError) in
        sequence = max(sequence, event.sequence)
        report.events += 1
        batch.events.append(event)
        if batch.events.count >= 256 { try flush() }
      }
    }
    // What leads to a page can be damaged without SQLite taking notice.
    let raw = RawRows(in: try PageFile(path), except: isKnown)
    if !raw.rows.isEmpty { report.isWhole = false }
    for row in raw.rows.values { try take(row) }
    // Numbers go on above all that were given: blocks of them were reserved, so far above those that are seen.
    let counters = reading?.counters
    batch.counters = StoredCounters(
      generation: max(counters?.generation ?? 0, generation == 0 ? 0 : generation + numbersAhead),
      sequence: max(counters?.sequence ?? 0, sequence == 0 ? 0 : sequence + numbersAhead))
    try flush()
    return report
  }

  private static let numbersAhead: Int64 = 1 << 22
}

/// A damaged database, read by SQLite as far as it goes.
private struct SalvageReading {
  private let database: Database

  init(_ path: String) throws(StoreError) {
    let (log, index) = (path + "-wal", path + "-shm")
    let isWhole = try StoreFile.exists(log) ? StoreFile.size(log) == 0 : true
    let hadIndex = StoreFile.exists(index)
    database = try Database(reading: path, isWhole: isWhole)
    try database.execute("PRAGMA cell_size_check = ON")
    guard try database.integer("PRAGMA user_version") == Layout.version else {
      throw StoreError(.corrupt, "its layout cannot be read", path: path)
    }
    if !isWhole, !hadIndex { unlink(index) }
  }

  /// Hands over the breakers whose checksum is right. Returns whether the end was reached, and all came in order.
  func breakers(_ take: (BreakerRow) throws(StoreError) -> Void) throws(StoreError) -> Bool {
    guard let statement = try? database.prepare("SELECT name, content, checksum FROM breakers") else { return false }
    var isOrdered = true
    var latest: [UInt8] = []
    while true {
      guard let more = try? statement.step() else { return false }
      guard more else { return isOrdered }
      let name = Array(statement.bytes(0))
      if !latest.lexicographicallyPrecedes(name) { isOrdered = false }
      latest = name
      if let row = BreakerRow(reading: statement) { try take(row) }
    }
  }

  /// Hands over the events whose checksum is right: from the first on, and, where that ends too early, from the last back.
  func events(_ take: (EventRow) throws(StoreError) -> Void) throws(StoreError) {
    let columns = "sequence, at, name, kind, uid, pid, reason, details, checksum"
    var last: Int64 = 0
    for order in ["ASC", "DESC"] {
      let sql = "SELECT \(columns) FROM events WHERE sequence > \(last) ORDER BY sequence \(order)"
      guard let statement = try? database.prepare(sql) else { return }
      let floor = last
      while true {
        guard let more = try? statement.step() else { break }
        guard more else { return }
        guard statement.integer(0) > floor else { return }
        if order == "ASC" { last = statement.integer(0) }
        if let event = EventRow(reading: statement) { try take(event) }
      }
    }
  }

  /// The numbers given out; nil: they cannot be read, or are damaged.
  var counters: StoredCounters? {
    guard let statement = try? database.prepare("SELECT generation, sequence, checksum FROM counters WHERE id = 1"),
      (try? statement.step()) == true
    else { return nil }
    let counters = StoredCounters(generation: statement.integer(0), sequence: statement.integer(1))
    return counters.checksum == statement.integer(2) ? counters : nil
  }
}
