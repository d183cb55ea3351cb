import BreakerStore

extension BreakerRow {
  /// A row of which only the name matters.
  static func plain(_ name: String, generation: Int64 = 1) -> BreakerRow {
    BreakerRow(name: name, state: 1, generation: generation, sinceWall: 1_790_000_000_000_000, figures: [1, 2, 3])
  }
}

extension EventRow {
  /// An event of which only the number and the name matter.
  static func plain(_ sequence: Int64, _ name: String = "api") -> EventRow {
    EventRow(sequence: sequence, at: 5, name: name, kind: "transition")
  }
}

extension Store {
  /// All rows, in the order of the file. None may be damaged.
  func all() throws -> [BreakerRow] {
    var rows: [BreakerRow] = []
    let report = try load { rows.append($0) }
    guard report.damaged == 0, report.rows == rows.count else { throw Unexpected(report: report) }
    return rows
  }

  struct Unexpected: Error {
    let report: LoadReport
  }

  /// The numbers of all events.
  func sequences() throws -> [Int64] {
    try events(matching: { _ in true }, since: 0, limit: .max, scan: .max).rows.map(\.sequence)
  }
}

/// The error of opening a store there; nil if it opens.
func failure(opening path: String, vfs: String? = nil) -> StoreError? {
  do throws(StoreError) {
    _ = try Store(path: path, vfs: vfs)
    return nil
  } catch {
    return error
  }
}

/// The error of doing something; nil if there is none.
func failure(_ body: () throws(StoreError) -> Void) -> StoreError? {
  do throws(StoreError) {
    try body()
    return nil
  } catch {
    return error
  }
}
