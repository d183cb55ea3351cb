internal import Glibc

extension Store {
  /// Hands over every breaker kept, one by one, ordered by the bytes of the name. A damaged row is left out and counted.
  ///
  /// `each` must not use the store.
  ///
  /// - Throws: ``StoreError`` when the file cannot be read to its end; some rows have been handed over by then.
  public func load(_ each: (BreakerRow) -> Void) throws(StoreError) -> LoadReport {
    try usable().load(each)
  }

  /// Takes the damaged rows and events out of the file, after a copy of all of it has been made beside it, as by
  /// ``setAside(path:)``: once, as long as an earlier one is there.
  ///
  /// - Returns: Where the copy is.
  /// - Throws: ``StoreError`` when there is an earlier one, or no room.
  public func setDamagedRowsAside() throws(StoreError) -> String {
    let copy = try SetAside.nextPlace(of: path)
    try backup(to: copy)
    try usable().removeDamaged()
    try countEvents()
    return copy
  }

  /// How many of the `scan` events after number `since` are damaged: they are never shown; and what to give as `since` to go on, nil when
  /// the newest event has been looked at.
  ///
  /// - Throws: ``StoreError`` when the file cannot be read.
  public func damagedEvents(since: Int64, scan: Int) throws(StoreError) -> (count: Int, next: Int64?) {
    let found = try usable().damagedEvents(since: since, scan: scan)
    return (found.sequences.count, found.next)
  }

  /// How many breakers are kept.
  ///
  /// - Throws: ``StoreError`` when the file cannot be read.
  public func countBreakers() throws(StoreError) -> Int {
    Int(try usable().database.integer("SELECT count(*) FROM breakers") ?? 0)
  }

  /// The same from a file that this user may only read. Nothing is changed, and nobody may have it open.
  ///
  /// - Throws: ``StoreError`` when it cannot be read either, or is not of this program's layout.
  public static func load(unwritable path: String, _ each: (BreakerRow) -> Void) throws(StoreError) -> LoadReport {
    try read(path) { connection throws(StoreError) in try connection.load(each) }
  }

  /// What a start would find: breakers, events, and the numbers that were given out. Nothing is changed, and nobody may have
  /// it open.
  ///
  /// - Throws: ``StoreError`` when it cannot be read, is damaged as a whole, or is not of this program's layout.
  public static func examine(path: String) throws(StoreError) -> LoadReport {
    try StoreFile.requireRegular(StoreFile.literal(path))
    // A start makes a database of it.
    if try StoreFile.size(path) == 0, !StoreFile.exists(path + "-wal") { return LoadReport() }
    return try read(path) { connection throws(StoreError) in
      var report = try connection.load { _ in }
      report.damagedEvents = try connection.damagedEvents(since: .min, scan: .max).sequences.count
      _ = try storedCounters(connection)
      return report
    }
  }

  private static func read(
    _ path: String, _ body: (Connection) throws(StoreError) -> LoadReport
  ) throws(StoreError) -> LoadReport {
    let path = try StoreFile.literal(path)
    try StoreFile.requireRegular(path)
    let (log, index) = (path + "-wal", path + "-shm")
    let isWhole = try StoreFile.exists(log) ? StoreFile.size(log) == 0 : true
    // SQLite makes an index of the log, and leaves it.
    let hadIndex = StoreFile.exists(index)
    defer { if !isWhole, !hadIndex { unlink(index) } }
    let database = try Database(reading: path, isWhole: isWhole)
    try Header.check(database)
    guard try Header.version(database) == Layout.version else {
      throw StoreError(.readOnly, "its layout is of another version, and cannot be changed", path: path)
    }
    try check(database)
    return try body(Connection(database))
  }
}

extension Connection {
  fileprivate func load(_ each: (BreakerRow) -> Void) throws(StoreError) -> LoadReport {
    defer { breakers.clear() }
    var report = LoadReport()
    while try breakers.step() {
      if let row = BreakerRow(reading: breakers) {
        report.rows += 1
        each(row)
        continue
      }
      report.damaged += 1
      if report.damagedNames.count < LoadReport.namesTold {
        report.damagedNames.append(String(decoding: breakers.bytes(0).prefix(128), as: UTF8.self))
      }
    }
    return report
  }
}

extension Connection {
  /// Not by their names as texts in order, since a damaged name can be neither, nor by their names alone: it can be that of a row that is
  /// well.
  fileprivate func removeDamaged() throws(StoreError) {
    let remove = try database.prepare(
      "DELETE FROM breakers WHERE CAST(name AS BLOB) = ?1 AND content = ?2 AND checksum = ?3")
    var rows: [(name: [UInt8], content: [UInt8], checksum: Int64)] = []
    while try breakers.step() {
      guard BreakerRow(reading: breakers) == nil else { continue }
      rows.append((Array(breakers.bytes(0)), Array(breakers.bytes(1)), breakers.integer(2)))
    }
    breakers.clear()
    let removeEvent = try database.prepare("DELETE FROM events WHERE sequence = ?1")
    let sequences = try damagedEvents(since: .min, scan: .max).sequences
    try database.transaction { () throws(StoreError) in
      for row in rows {
        try remove.bind(1, row.name)
        try remove.bind(2, row.content)
        try remove.bind(3, row.checksum)
        try remove.run()
      }
      for sequence in sequences {
        try removeEvent.bind(1, sequence)
        try removeEvent.run()
      }
    }
  }

  /// The numbers of damaged events, of so many after a number, and where to go on; nil: there are no more.
  fileprivate func damagedEvents(
    since: Int64, scan: Int
  ) throws(StoreError) -> (sequences: [Int64], next: Int64?) {
    defer { events.clear() }
    try events.bind(1, since)
    var damaged: [Int64] = []
    var last = since
    var left = scan
    while try events.step() {
      guard left > 0 else { return (damaged, last) }
      left -= 1
      last = events.integer(0)
      if EventRow(reading: events) == nil { damaged.append(last) }
    }
    return (damaged, nil)
  }
}

extension BreakerRow {
  /// The row that a statement stands on; nil if it is damaged. The columns are those of ``Connection/breakers``.
  init?(reading statement: Statement) {
    let (name, content) = (statement.bytes(0), statement.bytes(1))
    guard Self.checksum(name: name, content: content) == statement.integer(2) else { return nil }
    self.init(name: name, content: content)
  }
}
