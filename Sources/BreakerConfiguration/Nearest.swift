/// What was meant by a word that is mistyped.
enum Nearest {
  /// How many slips away a word may be to be meant by `text`.
  static func limit(for text: String) -> Int { min(max(text.utf8.count / 4, 1), 3) }

  /// Those of `names` that are most like `text`, if any is close.
  static func names(to text: String, among names: [String]) -> [String] {
    let limit = limit(for: text)
    let close = names.compactMap { name -> (name: String, slips: Int)? in
      guard abs(name.utf8.count - text.utf8.count) <= limit else { return nil }
      let slips = slips(Array(name.utf8), Array(text.utf8))
      return slips <= limit ? (name, slips) : nil
    }
    let least = close.map(\.slips).min()
    return close.filter { $0.slips == least }.map(\.name)
  }

  /// How many bytes were added, left out, replaced, or swapped with their neighbour (Damerau-Levenshtein distance, each
  /// byte touched once: "optimal string alignment").
  static func slips(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var slips = min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1))
        if row > 0, column > 0, byte == right[column - 1], other == left[row - 1] {
          slips = min(slips, beforeLast[column - 1] + 1)
        }
        current.append(slips)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
