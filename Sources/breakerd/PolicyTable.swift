import BreakerConfiguration

/// A rule for people: one line for each key, with the value in effect and where it comes from.
struct PolicyTable {
  private let rows: [[String]]

  /// The rows of `rule`.
  init(_ rule: Rule) throws(SettingError) {
    let place = rule.location.map { "\($0)" } ?? "no other pattern matches"
    var rows = [["pattern", rule.pattern, place]]
    for (key, value) in [
      ("owner", rule.owner), ("runbook", rule.runbook),
      ("reporters.users", rule.reporters?.users.joined(separator: ", ")),
      ("reporters.groups", rule.reporters?.groups.joined(separator: ", ")),
    ] {
      if let value, !value.isEmpty { rows.append([key, value, ""]) }
    }
    self.rows =
      try rows
      + rule.listing(overriddenBy: PolicySettings()).map { [$0.key.rawValue, $0.value, $0.origin.description] }
  }

  /// The lines, in columns.
  var text: String {
    let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return row[2].isEmpty ? "\(cells[0])  \(row[1])\n" : "\(cells[0])  \(cells[1])  \(row[2])\n"
    }
    .joined()
  }
}
