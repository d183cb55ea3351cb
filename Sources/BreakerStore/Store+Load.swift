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
    let (name, overrides, explanation) = (statement.bytes(0), statement.bytes(7), statement.bytes(8))
    let figures = statement.bytes(9)
    var sum = Checksum()
    sum.add(name)
    state = statement.integer(1)
    sum.add(state)
    generation = statement.integer(2)
    sum.add(generation)
    sinceWall = statement.integer(3)
    sum.add(sinceWall)
    untilWall = statement.optionalInteger(4)
    sum.add(untilWall)
    length = statement.optionalInteger(5)
    sum.add(length)
    openings = statement.integer(6)
    sum.add(openings)
    sum.add(overrides)
    sum.add(explanation)
    sum.add(figures)
    guard sum.value == statement.integer(10), let name = String(utf8: name),
      let overrides = String(utf8: overrides)
    else { return nil }
    self.name = name
    self.overrides = overrides
    self.explanation = Array(explanation.bindMemory(to: UInt8.self))
    self.figures = Array(figures.bindMemory(to: UInt8.self))
  }

  /// As it is computed from the columns above.
  var checksum: Int64 {
    var sum = Checksum()
    sum.add(name)
    sum.add(state)
    sum.add(generation)
    sum.add(sinceWall)
    sum.add(untilWall)
    sum.add(length)
    sum.add(openings)
    sum.add(overrides)
    sum.add(explanation)
    sum.add(figures)
    return sum.value
  }
}
