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
    return try Connection(database).load(each)
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

extension BreakerRow {
  /// The row that a statement stands on; nil if it is damaged. The columns are those of ``Connection/breakers``.
  init?(reading statement: Statement) {
    let (name, content) = (statement.bytes(0), statement.bytes(1))
    guard Self.checksum(name: name, content: content) == statement.integer(2) else { return nil }
    self.init(name: name, content: content)
  }
}
