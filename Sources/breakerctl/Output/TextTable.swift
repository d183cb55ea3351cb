internal import BreakerProtocol

/// Rows as a table with aligned columns: one for each key, in the order in which they first come.
struct TextTable {
  private var columns: [String] = []
  private var rows: [[String]] = []

  init(_ fields: [Fields]) {
    let hasWords = fields.contains { !$0.words.isEmpty }
    self.init(fields.map { (hasWords ? [.init("", $0.words.joined(separator: " "))] : []) + $0.pairs })
  }

  init(_ pairs: [[Fields.Pair]]) {
    var seen: Set<String> = []
    for pair in pairs.joined() where seen.insert(pair.key).inserted { columns.append(pair.key) }
    rows = pairs.map { row in
      columns.map { key in row.first { $0.key == key }.map { Self.printable($0.value) } ?? "-" }
    }
  }

  /// The table: a line of titles and one for each row, numbers to the right, no blanks at the ends of lines.
  func rendered(color: Bool) -> String {
    var lines: [String] = []
    let isNumber = columns.indices.map { column in
      rows.allSatisfy { $0[column] == "-" || JSONText.isNumber($0[column]) }
    }
    let widths = columns.indices.map { column in
      rows.reduce(columns[column].count) { max($0, $1[column].count) }
    }
    for (number, cells) in ([columns.map { $0.uppercased() }] + rows).enumerated() {
      var line = ""
      for column in columns.indices {
        let cell = cells[column]
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        let shown =
          number > 0 && columns[column] == "state" ? StateColor.paint(cell, state: cell, if: color) : cell
        let isLast = column == columns.count - 1
        line += isNumber[column] ? blanks + shown : isLast ? shown : shown + blanks
        if !isLast { line += "  " }
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }

  /// `text` without what would steer the terminal.
  static func printable(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: shown.append("?")
      default: shown.append(scalar)
      }
    }
    return String(shown)
  }
}
