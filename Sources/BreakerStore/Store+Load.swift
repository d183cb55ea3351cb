extension Store {
  /// Hands over every breaker kept, one by one, ordered by the bytes of the name. A damaged row is left out and counted.
  ///
  /// `each` must not use the store.
  ///
  /// - Throws: ``StoreError`` when the file cannot be read to its end; some rows have been handed over by then.
  public func load(_ each: (BreakerRow) -> Void) throws(StoreError) -> LoadReport {
    let statement = try usable().breakers
    defer { statement.clear() }
    var report = LoadReport()
    while try statement.step() {
      if let row = BreakerRow(reading: statement) {
        report.rows += 1
        each(row)
        continue
      }
      report.damaged += 1
      if report.damagedNames.count < LoadReport.namesTold {
        report.damagedNames.append(String(decoding: statement.bytes(0).prefix(128), as: UTF8.self))
      }
    }
    return report
  }
}

extension BreakerRow {
  /// The row that a statement stands on; nil if it is damaged. The columns are those of ``Connection/breakers``.
  fileprivate init?(reading statement: Statement) {
    let (name, content) = (statement.bytes(0), statement.bytes(1))
    guard Self.checksum(name: name, content: content) == statement.integer(2) else { return nil }
    self.init(name: name, content: content)
  }
}
